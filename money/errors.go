package money

import "openlend/refusal"

// What this package refuses.
var (
	ErrOverflow  = refusal.New("money.overflow", "the number is out of range")
	ErrCurrency  = refusal.New("money.currency_unknown", "the currency is not an ISO 4217 code in use")
	ErrSyntax    = refusal.New("money.syntax", "not a plain decimal number such as 1234.50")
	ErrPrecision = refusal.New("money.precision", "the number has more decimals than it may have")
	ErrWeights   = refusal.New("money.weights", "weights must be zero or more and not all zero")
	ErrRounding  = refusal.New("money.rounding", "not a known rounding")
	ErrDivisor   = refusal.New("money.divisor", "the divisor must be above zero")

	ErrCurrencyMismatch = refusal.New("money.currency_mismatch",
		"the amounts are in different currencies")
)
