package money

import (
	"math"
	"math/bits"
	"slices"
)

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

var roundingNames = [...]string{"half_even", "half_up", "down", "up"}

// ParseRounding reads the name of a rounding. Refusal: ErrRounding.
func ParseRounding(s string) (Rounding, error) {
	if i := slices.Index(roundingNames[:], s); i >= 0 {
		return Rounding(i), nil
	}
	return 0, ErrRounding.With("%q", s)
}

// String returns the name used in contracts and settings.
func (r Rounding) String() string {
	if int(r) < len(roundingNames) {
		return roundingNames[r]
	}
	return "rounding(?)"
}

// MarshalText makes a Rounding travel by its name.
func (r Rounding) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads what ParseRounding reads. Refusal: ErrRounding.
func (r *Rounding) UnmarshalText(text []byte) error {
	v, err := ParseRounding(string(text))
	*r = v
	return err
}

// awayFromZero says whether the magnitude of a quotient q, which left the
// remainder rem of den, grows by one.
func (r Rounding) awayFromZero(q, rem, den uint64) bool {
	switch rest := den - rem; r { // 2*rem against den, without its overflow
	case Down:
		return false
	case Up:
		return rem > 0
	case HalfUp:
		return rem >= rest
	default:
		return rem > rest || rem == rest && q%2 == 1
	}
}

// MulDiv returns a*num/den rounded as named, exact in 128 bits in between.
// Refusals: ErrDivisor (den is zero or less), ErrOverflow (the result is not an
// int64).
func MulDiv(a, num, den int64, r Rounding) (int64, error) {
	if den <= 0 {
		return 0, ErrDivisor
	}
	negative := (a < 0) != (num < 0)
	hi, lo := bits.Mul64(magnitude(a), magnitude(num))
	d := uint64(den)
	if hi >= d { // the quotient would not fit 64 bits
		return 0, ErrOverflow
	}
	q, rem := bits.Div64(hi, lo, d)
	if q <= 1<<63 && r.awayFromZero(q, rem, d) { // above, it overflows without growing
		q++
	}
	return signed(q, negative)
}

// magnitude returns |x|, which for the smallest int64 only a uint64 holds.
func magnitude(x int64) uint64 {
	if x < 0 {
		return -uint64(x)
	}
	return uint64(x)
}

// signed puts the sign back. Refusal: ErrOverflow.
func signed(q uint64, negative bool) (int64, error) {
	limit := uint64(math.MaxInt64)
	if negative {
		limit++
	}
	if q > limit {
		return 0, ErrOverflow
	}
	if negative {
		return -int64(q), nil // int64(1<<63) is the smallest int64, its own negative
	}
	return int64(q), nil
}
