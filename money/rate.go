package money

// Rate is a dimensionless rate in parts per billion: 0.12 a year is
// 120_000_000. What it is per (year, period, once) is said by whoever holds it.
type Rate int64

// One is 100 %, a billion parts per billion.
const One Rate = 1_000_000_000

const rateDecimals = 9 // One is ten to this power

// MulRate returns a*r rounded as named. Refusal: ErrOverflow.
func (a Amount) MulRate(r Rate, rounding Rounding) (Amount, error) {
	return a.MulDiv(int64(r), int64(One), rounding)
}
