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
	amount := magnitude(whole)
	left := amount
	parts := make([]int64, len(weights)) // magnitudes, given their sign at the end
	remainders := make([]uint64, len(weights))
	for i, w := range weights {
		hi, lo := bits.Mul64(amount, uint64(w))
		q, rem := bits.Div64(hi, lo, total) // hi < w <= total
		parts[i], remainders[i] = int64(q), rem
		left -= q
	}
	if left > 0 {
		giveLargest(parts, remainders, int(left)) // left < how many remainders are not 0
	}
	if whole < 0 {
		for i := range parts {
			parts[i] = -parts[i] // int64(1<<63) is its own negative, as it should be
		}
	}
	return parts, nil
}

// giveLargest adds one to the n parts (0 < n < all) with the largest remainders,
// of equal ones to the first. It takes linear time: a payment may be split ten
// thousand ways, and sorting the remainders was most of the work.
func giveLargest(parts []int64, remainders []uint64, n int) {
	limit, ties := nthLargest(remainders, n)
	for i, rem := range remainders {
		switch {
		case rem > limit:
			parts[i]++
		case rem == limit && ties > 0:
			parts[i]++
			ties--
		}
	}
}

// nthLargest returns a limit such that the n largest of the values, which are not
// all zero, are those above it and so many of those equal to it. It finds the
// limit byte by byte from the top, counting the values that share the bytes found
// so far, until all of them are wanted or no byte is left.
func nthLargest(values []uint64, n int) (limit uint64, equal int) {
	var found uint64 // the bits of the limit that are known
	for shift := (bits.Len64(slices.Max(values)) - 1) / 8 * 8; shift >= 0; shift -= 8 {
		var count [256]int
		for _, v := range values {
			if (v^limit)&found == 0 {
				count[byte(v>>shift)]++
			}
		}
		digit := 255
		for ; count[digit] < n; digit-- {
			n -= count[digit]
		}
		limit |= uint64(digit) << shift
		found |= 255 << shift
		if count[digit] == n {
			break
		}
	}
	return limit, n
}

// sumWeights adds them up. Refusals: ErrWeights, ErrOverflow.
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
