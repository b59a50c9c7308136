package money

import (
	"errors"
	"math"
	"math/big"
	"math/bits"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// weights draws one to sixty weights whose sum is an int64 above zero: mixtures of
// zeros, equal ones, small ones and large ones.
func weights() *rapid.Generator[[]int64] {
	one := rapid.OneOf(
		rapid.Just(int64(0)), rapid.Just(int64(1)), rapid.Just(int64(2_500)),
		rapid.Int64Range(0, 10), rapid.Int64Range(0, 1_000_000),
		rapid.Int64Range(0, math.MaxInt64/60),
	)
	return rapid.SliceOfN(one, 1, 60).Filter(func(w []int64) bool { return slices.Max(w) > 0 })
}

func sum(values []int64) *big.Int {
	total := new(big.Int)
	for _, v := range values {
		total.Add(total, big.NewInt(v))
	}
	return total
}

// textbookSplit is the largest-remainder method as it is told: give everyone the
// whole units, then go round for the largest remainder, the first of equals, until
// nothing is left.
func textbookSplit(whole int64, weights []int64) []int64 {
	total := sum(weights)
	parts, remainders := make([]int64, len(weights)), make([]*big.Int, len(weights))
	left, sign := new(big.Int).Abs(big.NewInt(whole)), int64(1)
	if whole < 0 {
		sign = -1
	}
	amount := new(big.Int).Set(left)
	for i, w := range weights {
		product := new(big.Int).Mul(amount, big.NewInt(w))
		q, rem := product.QuoRem(product, total, new(big.Int))
		left.Sub(left, q)
		parts[i], remainders[i] = sign*int64(q.Uint64()), rem
	}
	for range left.Int64() {
		best := 0
		for i, rem := range remainders {
			if rem.Cmp(remainders[best]) > 0 {
				best = i
			}
		}
		parts[best] += sign
		remainders[best] = big.NewInt(-1)
	}
	return parts
}

func TestSplitLikeTheTextbook(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		whole, w := anyMinor().Draw(t, "whole"), weights().Draw(t, "weights")
		got, err := SplitMinor(whole, w)
		if want := textbookSplit(whole, w); err != nil || !slices.Equal(got, want) {
			t.Fatalf("%d by %v: %v, %v; want %v", whole, w, got, err, want)
		}
	})
}

// TestSplitProperties: the parts sum to the whole, each is within one unit of its
// exact share and not past it by a whole one, nothing goes to a weight of zero,
// no part has the other sign, and a debt splits like the claim.
func TestSplitProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		whole, w := anyMinor().Draw(t, "whole"), weights().Draw(t, "weights")
		parts, err := SplitMinor(whole, w)
		if err != nil {
			t.Fatal(err)
		}
		if total := sum(parts); !total.IsInt64() || total.Int64() != whole {
			t.Fatalf("%d by %v: %v sum to %s", whole, w, parts, total)
		}
		total := sum(w)
		for i, part := range parts {
			// |part*total - whole*weight| < total
			off := new(big.Int).Mul(big.NewInt(part), total)
			off.Sub(off, new(big.Int).Mul(big.NewInt(whole), big.NewInt(w[i])))
			if off.CmpAbs(total) >= 0 {
				t.Fatalf("%d by %v: part %d is %d, a unit or more off", whole, w, i, part)
			}
			if w[i] == 0 && part != 0 || part != 0 && part < 0 != (whole < 0) {
				t.Fatalf("%d by %v: part %d is %d", whole, w, i, part)
			}
		}
		if whole == math.MinInt64 {
			return
		}
		mirrored, err := SplitMinor(-whole, w)
		for i := range parts {
			if err != nil || mirrored[i] != -parts[i] {
				t.Fatalf("%d by %v: %v, but negated %v, %v", whole, w, parts, mirrored, err)
			}
		}
	})
}

// TestSplitOfEqualWeights: the units left over go to the first ones, and a larger
// weight never gets less than a smaller one.
func TestSplitOfEqualWeights(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		whole := rapid.Int64Range(0, 1_000_000).Draw(t, "whole")
		n := rapid.IntRange(1, 200).Draw(t, "n")
		weight := rapid.Int64Range(1, math.MaxInt64/200).Draw(t, "weight")
		parts, err := SplitMinor(whole, slices.Repeat([]int64{weight}, n))
		for i, part := range parts {
			want := whole / int64(n)
			if int64(i) < whole%int64(n) {
				want++
			}
			if err != nil || part != want {
				t.Fatalf("%d in %d equal parts: %v, %v", whole, n, parts, err)
			}
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		whole, w := rapid.Int64Range(0, math.MaxInt64).Draw(t, "whole"), weights().Draw(t, "weights")
		parts, err := SplitMinor(whole, w)
		for i := range parts {
			for j := range parts {
				if err != nil || w[i] > w[j] && parts[i] < parts[j] {
					t.Fatalf("%d by %v: %v, %v", whole, w, parts, err)
				}
			}
		}
	})
}

// TestSplitPermuted: another order of the weights moves the parts with them. Only
// those whose remainders tie for the last units may swap one unit, because ties go
// to the lower index.
func TestSplitPermuted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		whole, w := anyMinor().Draw(t, "whole"), weights().Draw(t, "weights")
		order := rapid.Permutation(seq(len(w))).Draw(t, "order")
		permuted := make([]int64, len(w))
		for to, from := range order {
			permuted[to] = w[from]
		}
		a, errA := SplitMinor(whole, w)
		b, errB := SplitMinor(whole, permuted)
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		total := sum(w).Uint64()
		swapped := map[uint64]int64{} // by remainder: units gained less units lost
		for to, from := range order {
			hi, lo := bits.Mul64(magnitude(whole), uint64(w[from]))
			swapped[bits.Rem64(hi, lo, total)] += b[to] - a[from]
		}
		for remainder, net := range swapped {
			if net != 0 {
				t.Fatalf("%d by %v is %v; as %v it is %v: remainder %d gains %d",
					whole, w, a, permuted, b, remainder, net)
			}
		}
	})
}

func seq(n int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = i
	}
	return s
}

func TestSplitTable(t *testing.T) {
	for _, c := range []struct {
		whole   int64
		weights []int64
		want    []int64
	}{
		{100, []int64{1, 1, 1}, []int64{34, 33, 33}},
		{-100, []int64{1, 1, 1}, []int64{-34, -33, -33}},
		{101, []int64{1, 1, 1}, []int64{34, 34, 33}},
		{5, []int64{0, 3, 0, 1}, []int64{0, 4, 0, 1}},
		{1, []int64{1, 2, 2}, []int64{0, 1, 0}},
		{0, []int64{7, 9}, []int64{0, 0}},
		{2, []int64{1, 1, 1, 1, 1}, []int64{1, 1, 0, 0, 0}},
		{math.MinInt64, []int64{5}, []int64{math.MinInt64}},
		{math.MinInt64, []int64{0, 1}, []int64{0, math.MinInt64}},
		{math.MaxInt64, []int64{math.MaxInt64 - 1, 1}, []int64{math.MaxInt64 - 1, 1}},
	} {
		got, err := New(c.whole, EUR).Split(c.weights)
		if err != nil || len(got) != len(c.want) {
			t.Fatalf("%d by %v: %v, %v", c.whole, c.weights, got, err)
		}
		for i, part := range got {
			if part != New(c.want[i], EUR) {
				t.Errorf("%d by %v: part %d is %s, want %d", c.whole, c.weights, i, part, c.want[i])
			}
		}
	}
}

func TestSplitRefuses(t *testing.T) {
	for _, c := range []struct {
		weights []int64
		want    error
	}{
		{nil, ErrWeights},
		{[]int64{}, ErrWeights},
		{[]int64{0, 0}, ErrWeights},
		{[]int64{2, -1}, ErrWeights},
		{[]int64{math.MinInt64}, ErrWeights},
		{[]int64{math.MaxInt64, 1}, ErrOverflow},
	} {
		if got, err := New(100, EUR).Split(c.weights); !errors.Is(err, c.want) || got != nil {
			t.Errorf("by %v: %v, %v; want %v", c.weights, got, err, c.want)
		}
	}
}

// TestSplitTenThousandWays is the size of a well-spread loan, where remainders of
// several bytes decide.
func TestSplitTenThousandWays(t *testing.T) {
	weights := make([]int64, 10_000)
	for i := range weights {
		weights[i] = int64(i*i%7_919) * 12_345_679
	}
	const whole = 87_654_321
	got, err := SplitMinor(whole, weights)
	if err != nil || sum(got).Int64() != whole {
		t.Fatalf("parts sum to %s, %v", sum(got), err)
	}
	if !slices.Equal(got, textbookSplit(whole, weights)) {
		t.Error("not the largest remainders")
	}
}
