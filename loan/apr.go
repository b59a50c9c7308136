package loan

import (
	"fmt"

	"github.com/govalues/decimal"
)

// UnitSeries is a run of equal advances or payments, one unit period apart. The
// first falls Period full unit periods and Fraction of one after the start of
// the transaction; the others keep the fraction.
type UnitSeries struct {
	Amount   decimal.Decimal
	Count    int             // how many, from 1
	Period   int             // full unit periods before the first: q_k and t_j
	Fraction decimal.Decimal // of a unit period, 0 <= f < 1: e_k and f_j
}

// maxSeriesCount bounds the amounts of one transaction: daily for 270 years.
const maxSeriesCount = 100_000

// APR returns the annual percentage rate of US Regulation Z by the actuarial
// method: i solves
//
//	sum advance/((1 + e·i)(1 + i)^q) = sum payment/((1 + f·i)(1 + i)^t)
//
// and the rate is i times the unit periods in a year (which may be fractional:
// 365/28), with twelve decimals. The law prints two decimals of a percent.
// Source: 12 CFR part 1026, appendix J, (b)(8).
// Refusals: ErrNoRoot, and with the field they speak of ErrSeriesAmount,
// ErrSeriesCount, ErrUnitPeriods, ErrFraction, ErrPeriodsPerYear.
func APR(advances, payments []UnitSeries, periodsPerYear decimal.Decimal) (decimal.Decimal, error) {
	none := decimal.Decimal{}
	if !periodsPerYear.IsPos() {
		return none, ErrPeriodsPerYear.In("periods_per_year")
	}
	flows, err := appendSeries(nil, advances, 1, "advances")
	if err != nil {
		return none, err
	}
	flows, err = appendSeries(flows, payments, -1, "payments")
	if err != nil {
		return none, err
	}
	perYear := float(periodsPerYear)
	i, err := solveFlows(flows, rateGuess/perYear)
	if err != nil {
		return none, err
	}
	apr, err := quantise(i * perYear)
	if err != nil {
		return none, err
	}
	return apr.Rescale(12), nil
}

// appendSeries checks the series of one field and adds their flows times the
// sign.
func appendSeries(flows []flow, series []UnitSeries, sign float64, field string) ([]flow, error) {
	for n, s := range series {
		at := func(name string) string { return fmt.Sprintf("%s[%d].%s", field, n, name) }
		switch {
		case s.Amount.IsNeg():
			return nil, ErrSeriesAmount.In(at("amount"))
		case s.Count < 1 || s.Count > maxSeriesCount-len(flows):
			return nil, ErrSeriesCount.In(at("count"))
		case s.Period < 0:
			return nil, ErrUnitPeriods.In(at("period"))
		case s.Fraction.IsNeg() || !s.Fraction.WithinOne():
			return nil, ErrFraction.In(at("fraction"))
		}
		amount, fraction := sign*float(s.Amount), float(s.Fraction)
		for k := range s.Count {
			flows = append(flows, flow{amount, float64(s.Period) + float64(k), fraction})
		}
	}
	return flows, nil
}
