package loan

import "openlend/refusal"

// What the rate formulas refuse.
var (
	ErrNoRoot         = refusal.New("loan.no_root", "no rate makes the flows worth nothing")
	ErrNoValue        = refusal.New("loan.no_value", "the formula has no value for these numbers")
	ErrUnitPeriods    = refusal.New("loan.unit_periods", "unit periods are counted from zero upwards")
	ErrFraction       = refusal.New("loan.fraction", "a fraction of a unit period is zero or more and below one")
	ErrPeriodsPerYear = refusal.New("loan.periods_per_year", "the unit periods in a year must be above zero")
	ErrSeriesAmount   = refusal.New("loan.series_amount", "an advance or payment must not be negative")
	ErrSeriesCount    = refusal.New("loan.series_count", "a series has at least one amount, all together at most 100000")
)
