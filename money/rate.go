package money

// Rate is a dimensionless rate in parts per billion: 0.12 a year is
// 120_000_000. What it is per (year, period, once) is said by whoever holds it.
type Rate int64

// One is 100 %, a billion parts per billion.
const One Rate = 1_000_000_000

// ParseRate reads a plain decimal such as "0.12" or "-0.005" with at most nine
// decimals. Refusals: ErrSyntax, ErrPrecision, ErrOverflow.
func ParseRate(s string) (Rate, error) {
	v, err := parseDecimal(s, 9)
	return Rate(v), err
}

// String prints the rate as a decimal without trailing zeros: "0.12".
func (r Rate) String() string { return trimZeros(formatDecimal(int64(r), 9)) }

// MulRate returns a*r rounded as named. Refusal: ErrOverflow.
func (a Amount) MulRate(r Rate, rounding Rounding) (Amount, error) {
	return a.MulDiv(int64(r), int64(One), rounding)
}
