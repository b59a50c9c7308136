package loan

import (
	"math"

	"github.com/govalues/decimal"

	"openlend/calendar"
)

// DatedFlow is money on a day, as a decimal of any one currency. The sign says
// which way it goes: a lender counts what he pays as negative and what he
// receives as positive; for a borrower's APRC the credit paid out is negative.
type DatedFlow struct {
	On     calendar.Date
	Amount decimal.Decimal
}

// rateGuess is where a search for a yearly rate starts, as in spreadsheets: of
// several roots the one nearest to it is returned.
const rateGuess = 0.1

// XIRR returns the effective annual rate at which the flows, in any order, are
// worth nothing: sum amount/(1+rate)^years = 0, years counted from the earliest
// flow by the day count (spreadsheets: actual/365). The rate lies above -1 and
// has at most fifteen significant digits. Flows that change direction more than
// once may have several such rates; this is the one nearest to 0.1 that fifteen
// digits can express.
// Refusals: ErrNoRoot, calendar.ErrDayCount.
func XIRR(flows []DatedFlow, dc calendar.DayCount) (decimal.Decimal, error) {
	timed, err := timeFlows(flows, dc)
	if err != nil {
		return decimal.Decimal{}, err
	}
	rate, err := solveFlows(timed, rateGuess)
	if err != nil {
		return decimal.Decimal{}, err
	}
	return quantise(rate)
}

// XNPV returns what the flows are worth on the day of the earliest at an
// effective annual rate above -1, with at most fifteen significant digits.
// Refusals: ErrNoValue (rate, or nothing to value), calendar.ErrDayCount.
func XNPV(rate decimal.Decimal, flows []DatedFlow, dc calendar.DayCount) (decimal.Decimal, error) {
	timed, err := timeFlows(flows, dc)
	if err != nil {
		return decimal.Decimal{}, err
	}
	r := float(rate)
	if r <= -1 || len(flows) == 0 {
		return decimal.Decimal{}, ErrNoValue
	}
	sum, growth := 0.0, math.Log1p(r)
	for _, f := range timed {
		sum += f.amount * math.Exp(-growth*f.periods)
	}
	return quantise(sum)
}

// timeFlows measures the years from the earliest flow to each, once, so that
// the solver never touches a date.
func timeFlows(flows []DatedFlow, dc calendar.DayCount) ([]flow, error) {
	if _, err := calendar.ParseDayCount(string(dc)); err != nil {
		return nil, err
	}
	first := calendar.MaxDate
	for _, f := range flows {
		first = min(first, f.On)
	}
	timed := make([]flow, len(flows))
	for i, f := range flows {
		years := dc.Fraction(first, f.On)
		timed[i] = flow{amount: float(f.Amount), periods: float64(years.Num) / float64(years.Den)}
	}
	return timed, nil
}
