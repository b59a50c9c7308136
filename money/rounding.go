package money

import "math/bits"

// Rounding names what happens to the part of a minor unit that a division
// leaves over. Every division in openlend names one.
type Rounding uint8

// The roundings. HalfEven is the default of schedules; Down and Up move
// towards and away from zero.
const (
	HalfEven Rounding = iota
	HalfUp            // half away from zero
	Down              // towards zero
	Up                // away from zero
)

// String returns the name used in contracts and settings.
func (r Rounding) String() string {
	switch r {
	case HalfEven:
		return "half_even"
	case HalfUp:
		return "half_up"
	case Down:
		return "down"
	case Up:
		return "up"
	}
	return "rounding(?)"
}

// roundsUp says whether a magnitude quotient q with remainder rem (of den)
// moves one away from zero.
func (r Rounding) roundsUp(q, rem, den uint64) bool {
	switch r {
	case Down:
		return false
	case Up:
		return rem > 0
	}
	half := den - rem // rem >= den-rem  <=>  2*rem >= den, without overflow
	switch {
	case rem > half:
		return true
	case rem < half || rem == 0:
		return false
	}
	return r == HalfUp || q&1 == 1
}

// MulDiv returns a*num/den rounded as named, exact in 128 bits in between.
// It refuses den <= 0 (ErrDivisor) and a result outside int64 (ErrOverflow).
func MulDiv(a, num, den int64, r Rounding) (int64, error) {
	if den <= 0 {
		return 0, ErrDivisor
	}
	negative := (a < 0) != (num < 0)
	hi, lo := bits.Mul64(magnitude(a), magnitude(num))
	d := uint64(den)
	if hi >= d {
		return 0, ErrOverflow
	}
	q, rem := bits.Div64(hi, lo, d)
	if r.roundsUp(q, rem, d) {
		q++ // q < 2^64-1 here: a remainder means q*den < 2^128
		if q == 0 {
			return 0, ErrOverflow
		}
	}
	return signed(q, negative)
}

func magnitude(x int64) uint64 {
	if x < 0 {
		return -uint64(x)
	}
	return uint64(x)
}

func signed(q uint64, negative bool) (int64, error) {
	if negative {
		if q > 1<<63 {
			return 0, ErrOverflow
		}
		return -int64(q), nil // -(1<<63) is its own negative
	}
	if q >= 1<<63 {
		return 0, ErrOverflow
	}
	return int64(q), nil
}
