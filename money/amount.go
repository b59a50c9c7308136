// Package money is what every cent stands on: amounts in integer minor units
// with their currency, rates in parts per billion, named roundings and exact
// splits. Nothing here uses a float.
//
// Invariants: arithmetic never wraps and never mixes currencies, it returns a
// coded refusal instead; the parts of a Split sum to the whole.
package money

import (
	"math"
	"strconv"
	"strings"
)

// Amount is a signed sum of minor units (cents, fen, yen) of one currency.
// The zero value is zero of no currency and adds to nothing.
type Amount struct {
	minor    int64
	currency Currency
}

// New returns minor units of a currency. The currency must come from
// ParseCurrency or a constant; New does not check it.
func New(minor int64, c Currency) Amount { return Amount{minor, c} }

// Minor returns the signed minor units.
func (a Amount) Minor() int64 { return a.minor }

// Currency returns the currency.
func (a Amount) Currency() Currency { return a.currency }

// IsZero says whether there is nothing in it.
func (a Amount) IsZero() bool { return a.minor == 0 }

// Sign returns -1, 0 or +1.
func (a Amount) Sign() int {
	switch {
	case a.minor < 0:
		return -1
	case a.minor > 0:
		return 1
	}
	return 0
}

// Add returns a+b. Refusals: ErrCurrencyMismatch, ErrOverflow.
func (a Amount) Add(b Amount) (Amount, error) {
	if a.currency != b.currency {
		return Amount{}, ErrCurrencyMismatch
	}
	sum, err := AddMinor(a.minor, b.minor)
	return Amount{sum, a.currency}, err
}

// Sub returns a-b. Refusals: ErrCurrencyMismatch, ErrOverflow.
func (a Amount) Sub(b Amount) (Amount, error) {
	if a.currency != b.currency {
		return Amount{}, ErrCurrencyMismatch
	}
	diff := a.minor - b.minor
	if (a.minor >= 0) != (b.minor >= 0) && (diff >= 0) != (a.minor >= 0) {
		return Amount{}, ErrOverflow
	}
	return Amount{diff, a.currency}, nil
}

// Neg returns -a. Refusal: ErrOverflow for the smallest int64.
func (a Amount) Neg() (Amount, error) {
	if a.minor == math.MinInt64 {
		return Amount{}, ErrOverflow
	}
	return Amount{-a.minor, a.currency}, nil
}

// Cmp compares two amounts of one currency: -1, 0 or +1.
// Refusal: ErrCurrencyMismatch.
func (a Amount) Cmp(b Amount) (int, error) {
	if a.currency != b.currency {
		return 0, ErrCurrencyMismatch
	}
	switch {
	case a.minor < b.minor:
		return -1, nil
	case a.minor > b.minor:
		return 1, nil
	}
	return 0, nil
}

// MulDiv returns a*num/den rounded as named. Refusals: ErrDivisor, ErrOverflow.
func (a Amount) MulDiv(num, den int64, r Rounding) (Amount, error) {
	m, err := MulDiv(a.minor, num, den, r)
	if err != nil {
		return Amount{}, err
	}
	return Amount{m, a.currency}, nil
}

// RoundTo rounds to a multiple of so many minor units (> 0), as named.
// Refusals: ErrDivisor, ErrOverflow.
func (a Amount) RoundTo(multiple int64, r Rounding) (Amount, error) {
	q, err := MulDiv(a.minor, 1, multiple, r)
	if err != nil {
		return Amount{}, err
	}
	m, err := MulDiv(q, multiple, 1, Down)
	return Amount{m, a.currency}, err
}

// AddMinor adds minor units of one currency. Refusal: ErrOverflow.
func AddMinor(a, b int64) (int64, error) {
	sum := a + b
	if (a >= 0) == (b >= 0) && (sum >= 0) != (a >= 0) {
		return 0, ErrOverflow
	}
	return sum, nil
}

// Parse reads a plain decimal ("1234.5", "-0.01") as an amount of c. Only
// ASCII digits, one optional sign "-" and one "." are taken; more decimals
// than the currency has are refused, never rounded.
// Refusals: ErrSyntax, ErrPrecision, ErrOverflow, ErrCurrency.
func Parse(s string, c Currency) (Amount, error) {
	exp, ok := c.Exponent()
	if !ok {
		return Amount{}, ErrCurrency
	}
	m, err := parseDecimal(s, exp)
	if err != nil {
		return Amount{}, err
	}
	return Amount{m, c}, nil
}

// Decimal prints the number alone with the currency's decimals: "1234.50".
func (a Amount) Decimal() string {
	exp, _ := a.currency.Exponent()
	return formatDecimal(a.minor, exp)
}

// String prints number and currency: "1234.50 EUR".
func (a Amount) String() string { return a.Decimal() + " " + string(a.currency) }

// maxDigits bounds the input of the parser: 19 digits are all an int64 has.
const maxDigits = 40

func parseDecimal(s string, decimals int) (int64, error) {
	digits, negative := strings.CutPrefix(s, "-")
	whole, fraction, dot := strings.Cut(digits, ".")
	if whole == "" || dot && fraction == "" || len(digits) > maxDigits {
		return 0, ErrSyntax
	}
	for i := range len(digits) {
		if c := digits[i]; (c < '0' || c > '9') && i != len(whole) {
			return 0, ErrSyntax
		}
	}
	if len(fraction) > decimals {
		return 0, ErrPrecision
	}
	all := whole + fraction + strings.Repeat("0", decimals-len(fraction))
	if negative {
		all = "-" + all
	}
	v, err := strconv.ParseInt(all, 10, 64)
	if err != nil {
		return 0, ErrOverflow
	}
	return v, nil
}

func formatDecimal(v int64, decimals int) string {
	s := strconv.FormatUint(magnitude(v), 10)
	if pad := decimals + 1 - len(s); pad > 0 {
		s = strings.Repeat("0", pad) + s
	}
	if decimals > 0 {
		s = s[:len(s)-decimals] + "." + s[len(s)-decimals:]
	}
	if v < 0 {
		s = "-" + s
	}
	return s
}

func trimZeros(s string) string {
	if !strings.Contains(s, ".") {
		return s
	}
	return strings.TrimRight(strings.TrimRight(s, "0"), ".")
}
