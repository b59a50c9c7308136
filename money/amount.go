// Package money is what every cent stands on: amounts in integer minor units
// with their currency, rates in parts per billion, named roundings and exact
// splits. Nothing here uses a float.
//
// Invariants: arithmetic never wraps and never mixes currencies, it returns a
// coded refusal instead; what is read prints back to the same value, and nothing
// is rounded while reading; the parts of a Split sum to the whole.
package money

import (
	"cmp"
	"math"
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
func (a Amount) Sign() int { return cmp.Compare(a.minor, 0) }

// Add returns a+b. Refusals: ErrCurrencyMismatch, ErrOverflow.
func (a Amount) Add(b Amount) (Amount, error) {
	if a.currency != b.currency {
		return Amount{}, ErrCurrencyMismatch
	}
	sum, err := AddMinor(a.minor, b.minor)
	if err != nil {
		return Amount{}, err
	}
	return Amount{sum, a.currency}, nil
}

// Sub returns a-b. Refusals: ErrCurrencyMismatch, ErrOverflow.
func (a Amount) Sub(b Amount) (Amount, error) {
	if a.currency != b.currency {
		return Amount{}, ErrCurrencyMismatch
	}
	difference, err := SubMinor(a.minor, b.minor)
	if err != nil {
		return Amount{}, err
	}
	return Amount{difference, a.currency}, nil
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
	return cmp.Compare(a.minor, b.minor), nil
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
	m, err := MulDiv(q, multiple, 1, Down) // exact: nothing is left to round
	if err != nil {
		return Amount{}, err
	}
	return Amount{m, a.currency}, nil
}

// AddMinor adds minor units of one currency. Refusal: ErrOverflow.
func AddMinor(a, b int64) (int64, error) {
	sum := a + b
	if (a >= 0) == (b >= 0) && (sum >= 0) != (a >= 0) {
		return 0, ErrOverflow
	}
	return sum, nil
}

// SubMinor subtracts minor units of one currency. Refusal: ErrOverflow.
func SubMinor(a, b int64) (int64, error) {
	difference := a - b
	if (a >= 0) != (b >= 0) && (difference >= 0) != (a >= 0) {
		return 0, ErrOverflow
	}
	return difference, nil
}
