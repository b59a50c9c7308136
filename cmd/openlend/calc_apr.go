package main

import (
	"openlend/loan"
)

// CalcAPRCmd computes annual percentage rates of US Regulation Z.
type CalcAPRCmd struct{}

// Help explains the command.
func (CalcAPRCmd) Help() string {
	return `Computes the annual percentage rate of US Regulation Z (appendix J, actuarial
method). Each advance and payment is a series: amount, count (1 when left out)
and the time of its first amount in full unit periods (period, 0 when left out)
and a fraction of one (fraction, 0 when left out). periods_per_year is how many
unit periods a year has and may be fractional. The rate has twelve decimals.` + linesHelp + `

Example:

    echo '{"advances":[{"amount":"5000"}],"periods_per_year":"12",
      "payments":[{"amount":"230","count":24,"period":1}]}' |
      tr -d '\n' | openlend calc apr`
}

// Run answers the lines of standard input.
func (CalcAPRCmd) Run(std streams) error { return answerLines(std, calcAPR) }

func calcAPR(in *form) (any, error) {
	advances, payments := readSeries(in, "advances"), readSeries(in, "payments")
	perYear := in.decimal("periods_per_year", "")
	if err := in.done(); err != nil {
		return nil, err
	}
	apr, err := loan.APR(advances, payments, perYear)
	if err != nil {
		return nil, err
	}
	return struct {
		APR string `json:"apr"`
	}{apr.String()}, nil
}

func readSeries(in *form, name string) []loan.UnitSeries {
	forms := in.forms(name)
	series := make([]loan.UnitSeries, 0, len(forms))
	for _, s := range forms {
		series = append(series, loan.UnitSeries{
			Amount:   s.decimal("amount", ""),
			Count:    s.whole("count", "1"),
			Period:   s.whole("period", "0"),
			Fraction: s.decimal("fraction", "0"),
		})
		s.refuseUnknown()
	}
	return series
}
