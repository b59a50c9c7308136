package money

import (
	"errors"
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

var allRoundings = []Rounding{HalfEven, HalfUp, Down, Up}

// exactMulDiv is a*num/den with the roundings as a textbook has them, on whole
// numbers without a limit.
func exactMulDiv(a, num, den int64, r Rounding) *big.Int {
	product := new(big.Int).Mul(big.NewInt(a), big.NewInt(num))
	q, rem := new(big.Int).QuoRem(product, big.NewInt(den), new(big.Int))
	twice := new(big.Int).Abs(rem)
	half := twice.Lsh(twice, 1).Cmp(big.NewInt(den))
	away := false
	switch r {
	case Up:
		away = rem.Sign() != 0
	case HalfUp:
		away = half >= 0
	case HalfEven:
		away = half > 0 || half == 0 && q.Bit(0) == 1
	}
	if away {
		q.Add(q, big.NewInt(int64(product.Sign())))
	}
	return q
}

func TestMulDivIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, num := anyMinor().Draw(t, "a"), anyMinor().Draw(t, "num")
		den := rapid.OneOf(
			rapid.Int64Range(1, math.MaxInt64),
			rapid.Int64Range(1, 20), // ties are frequent
			rapid.SampledFrom([]int64{1, 2, int64(One), math.MaxInt64 - 1, math.MaxInt64}),
		).Draw(t, "den")
		for _, r := range allRoundings {
			got, err := MulDiv(a, num, den, r)
			check(t, "MulDiv, "+r.String(), got, err, exactMulDiv(a, num, den, r))
		}
	})
}

func TestMulDivTable(t *testing.T) {
	for _, c := range []struct {
		a, num, den                int64
		halfEven, halfUp, down, up int64
	}{
		{5, 1, 2, 2, 3, 2, 3},
		{7, 1, 2, 4, 4, 3, 4},
		{-5, 1, 2, -2, -3, -2, -3},
		{5, -1, 2, -2, -3, -2, -3},
		{-5, -1, 2, 2, 3, 2, 3},
		{1, 1, 3, 0, 0, 0, 1},
		{2, 1, 3, 1, 1, 0, 1},
		{6, 1, 3, 2, 2, 2, 2},
		{0, 5, 7, 0, 0, 0, 0},
		{math.MinInt64, 1, 1, math.MinInt64, math.MinInt64, math.MinInt64, math.MinInt64},
		{math.MinInt64, 3, 3, math.MinInt64, math.MinInt64, math.MinInt64, math.MinInt64},
		{math.MaxInt64, math.MaxInt64, math.MaxInt64,
			math.MaxInt64, math.MaxInt64, math.MaxInt64, math.MaxInt64},
		{math.MinInt64, math.MaxInt64, math.MaxInt64,
			math.MinInt64, math.MinInt64, math.MinInt64, math.MinInt64},
	} {
		for i, want := range []int64{c.halfEven, c.halfUp, c.down, c.up} {
			got, err := MulDiv(c.a, c.num, c.den, allRoundings[i])
			if err != nil || got != want {
				t.Errorf("%d*%d/%d, %s: %d, %v; want %d", c.a, c.num, c.den, allRoundings[i], got, err, want)
			}
		}
	}
}

// TestMulDivAtTheEdge: these leave int64 only by the way they are rounded.
func TestMulDivAtTheEdge(t *testing.T) {
	const big = math.MaxInt64
	for _, c := range []struct {
		a, num, den int64
		r           Rounding
		fits        bool
	}{
		{big, 2, 2, HalfUp, true},
		{math.MinInt64, -1, 1, Down, false},
		{math.MinInt64, math.MinInt64, 1, Down, false},
		{math.MinInt64, math.MinInt64, big, Down, false}, // 2^63 + a little
		{big, big, big - 1, Down, false},                 // 2^63 and a little
		{big, big - 1, big, Up, true},
		{1 << 62, 2*3 - 1, 3, Down, true},
		{big, 1 << 32, 1<<32 - 1, Down, false},
		{-big, 1 << 32, 1<<32 - 1, Down, false},
	} {
		_, err := MulDiv(c.a, c.num, c.den, c.r)
		exact := exactMulDiv(c.a, c.num, c.den, c.r)
		if exact.IsInt64() != c.fits || (err == nil) != c.fits {
			t.Errorf("%d*%d/%d, %s: %v; exactly %s", c.a, c.num, c.den, c.r, err, exact)
		}
	}
	for _, den := range []int64{0, -1, math.MinInt64} {
		if _, err := MulDiv(1, 1, den, Down); !errors.Is(err, ErrDivisor) {
			t.Errorf("divided by %d: %v, want ErrDivisor", den, err)
		}
	}
}

func TestParseRounding(t *testing.T) {
	for _, r := range allRoundings {
		if got, err := ParseRounding(r.String()); err != nil || got != r {
			t.Errorf("ParseRounding(%q) = %v, %v", r.String(), got, err)
		}
	}
	for _, s := range []string{"", "Half_even", "rounding(?)", "ceil"} {
		if _, err := ParseRounding(s); !errors.Is(err, ErrRounding) {
			t.Errorf("ParseRounding(%q): %v, want ErrRounding", s, err)
		}
	}
	if Rounding(4).String() != "rounding(?)" {
		t.Error("an unknown rounding has a name")
	}
}
