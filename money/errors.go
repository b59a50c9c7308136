package money

import "openlend/refusal"

// What this package refuses.
var (
	ErrOverflow         = refusal.New("money.overflow", "the amount is out of range")
	ErrCurrencyMismatch = refusal.New("money.currency_mismatch", "the amounts are in different currencies")
	ErrCurrency         = refusal.New("money.currency_unknown", "the currency is not an ISO 4217 code in use")
	ErrSyntax           = refusal.New("money.syntax", "the amount is not a plain decimal number")
	ErrPrecision        = refusal.New("money.precision", "the number has more decimals than it may have")
	ErrWeights          = refusal.New("money.weights", "weights must be zero or more and not all zero")
	ErrDivisor          = refusal.New("money.divisor", "the divisor must be above zero")
)
