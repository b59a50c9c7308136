package money

import (
	"math/bits"
	"slices"
)

// Split divides the amount by weights with largest remainder: every part is
// first rounded towards zero, then the minor units left over go one each to
// the largest remainders, ties to the lower index. Parts sum to the whole, each
// is within one minor unit of exact, and a weight of zero gets nothing.
// Refusals: ErrWeights (negative, none, or all zero), ErrOverflow (weights
// that sum past int64).
func (a Amount) Split(weights []int64) ([]Amount, error) {
	minor, err := SplitMinor(a.minor, weights)
	if err != nil {
		return nil, err
	}
	parts := make([]Amount, len(minor))
	for i, m := range minor {
		parts[i] = Amount{m, a.currency}
	}
	return parts, nil
}

// SplitMinor is Split on bare minor units of one currency.
func SplitMinor(whole int64, weights []int64) ([]int64, error) {
	total, err := sumWeights(weights)
	if err != nil {
		return nil, err
	}
	negative, left := whole < 0, magnitude(whole)
	amount := left
	parts := make([]int64, len(weights))
	remainders := make([]uint64, len(weights))
	order := make([]int, len(weights))
	for i, w := range weights {
		hi, lo := bits.Mul64(amount, uint64(w))
		q, rem := bits.Div64(hi, lo, total) // hi < total since w <= total and amount < 2^64
		parts[i], _ = signed(q, negative)   // |part| <= |whole|, which is an int64
		remainders[i] = rem
		order[i] = i
		left -= q
	}
	if left == 0 {
		return parts, nil
	}
	slices.SortStableFunc(order, func(i, j int) int {
		switch {
		case remainders[i] > remainders[j]:
			return -1
		case remainders[i] < remainders[j]:
			return 1
		}
		return 0
	})
	step := int64(1)
	if negative {
		step = -1
	}
	for _, i := range order[:left] { // left < number of non-zero remainders
		parts[i] += step
	}
	return parts, nil
}

func sumWeights(weights []int64) (uint64, error) {
	var total int64
	for _, w := range weights {
		if w < 0 {
			return 0, ErrWeights
		}
		sum, err := AddMinor(total, w)
		if err != nil {
			return 0, err
		}
		total = sum
	}
	if total == 0 {
		return 0, ErrWeights
	}
	return uint64(total), nil
}
