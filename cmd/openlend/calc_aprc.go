package main

import (
	"github.com/govalues/decimal"

	"openlend/loan"
	"openlend/money"
	"openlend/refusal"
)

// CalcAPRCCmd computes annual percentage rates of charge of the European Union.
type CalcAPRCCmd struct{}

// Help explains the command.
func (CalcAPRCCmd) Help() string {
	return `Computes the annual percentage rate of charge of the European Union (directives
2008/48/EC and 2014/17/EU, annex I). Flows are what the consumer gets (negative)
and pays (positive), all on dates ("on") or all at times in years ("years").
Dates are measured from the first drawdown in whole months, 1/12 each, counted
backwards from the flow; the days that remain count 1/365, or 1/366 when 29
February is among them. The rate has nine decimals.` + linesHelp + `

Example:

    echo '{"flows":[{"on":"2015-01-01","amount":"-1000.00"},
      {"on":"2016-01-01","amount":"1100.00"}]}' |
      tr -d '\n' | openlend calc aprc`
}

// Run answers the lines of standard input.
func (CalcAPRCCmd) Run(std streams) error { return answerLines(std, calcAPRC) }

func calcAPRC(in *form) (any, error) {
	var timed []loan.TimedFlow
	var dated []loan.DatedFlow
	for _, f := range in.forms("flows") {
		amount := f.decimal("amount", "")
		if f.has("years") {
			timed = append(timed, loan.TimedFlow{Years: f.decimal("years", ""), Amount: amount})
		} else {
			dated = append(dated, loan.DatedFlow{On: f.date("on"), Amount: amount})
		}
		f.refuseUnknown()
	}
	if len(timed) > 0 && len(dated) > 0 {
		in.refuse(ErrMixedFlows, "flows")
	}
	if err := in.done(); err != nil {
		return nil, err
	}
	rate, err := chargeOf(timed, dated)
	if err != nil {
		return nil, refusal.At(err, "flows")
	}
	nine, err := decimal.New(int64(rate), 9)
	if err != nil {
		return nil, err
	}
	return struct {
		APRC string `json:"aprc"`
	}{nine.String()}, nil
}

func chargeOf(timed []loan.TimedFlow, dated []loan.DatedFlow) (money.Rate, error) {
	if len(timed) > 0 {
		return loan.APRC(timed)
	}
	return loan.APRCByDate(dated)
}
