package main

import (
	"fmt"

	"openlend/calendar"
	"openlend/loan"
	"openlend/refusal"
)

// CalcXIRRCmd computes internal rates of return of dated flows.
type CalcXIRRCmd struct{}

// Help explains the command.
func (CalcXIRRCmd) Help() string {
	return `Computes the effective annual rate at which dated flows, in any order, are worth
nothing (XIRR of spreadsheets). Each flow is a pair of date and signed amount of
any number of decimals. day_count may be left out ("actual/365"; also 30/360,
30E/360, actual/360, actual/actual, actual/actual-isda, actual/actual-icma). Of
several rates the answer is the one nearest to 10 %; where there is none it is
the error loan.no_root.` + linesHelp + `

Example:

    echo '{"flows":[["2020-12-28","-1000"],["2021-12-28","1100"]]}' |
      openlend calc xirr`
}

// Run answers the lines of standard input.
func (CalcXIRRCmd) Run(std streams) error { return answerLines(std, calcXIRR) }

func calcXIRR(in *form) (any, error) {
	var flows []loan.DatedFlow
	for n, v := range in.list("flows") {
		pair, _ := v.([]any)
		if len(pair) != 2 {
			in.refuse(ErrType.With("a pair of date and amount is needed"), fmt.Sprintf("flows[%d]", n))
			break
		}
		flows = append(flows, readFlow(in, n, pair[0], pair[1]))
	}
	dayCount, err := calendar.ParseDayCount(in.word("day_count", string(calendar.Actual365F)))
	in.refuseIf(err, "day_count")
	if err := in.done(); err != nil {
		return nil, err
	}
	rate, err := loan.XIRR(flows, dayCount)
	if err != nil {
		return nil, refusal.At(err, "flows")
	}
	return struct {
		Rate string `json:"rate"`
	}{rate.String()}, nil
}

// readFlow reads the nth pair as if its parts were fields "on" and "amount".
func readFlow(in *form, n int, on, amount any) loan.DatedFlow {
	f := form{
		holder:  "flows",
		index:   n,
		members: map[string]any{"on": on, "amount": amount},
		fault:   in.fault,
	}
	return loan.DatedFlow{On: f.date("on"), Amount: f.decimal("amount", "")}
}
