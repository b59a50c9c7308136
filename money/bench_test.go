package money

import (
	"math/rand/v2"
	"strconv"
	"testing"
)

// BenchmarkSplitMinor spreads one payment over so many notes of uneven size, as
// every repayment of a loan does.
func BenchmarkSplitMinor(b *testing.B) {
	for _, n := range []int{1, 10, 100, 1_000, 10_000} {
		random := rand.New(rand.NewPCG(1, 2))
		weights := make([]int64, n)
		for i := range weights {
			weights[i] = 2_500 + random.Int64N(500_000)
		}
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := SplitMinor(87_654_321, weights); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkMulDiv(b *testing.B) {
	for b.Loop() {
		if _, err := MulDiv(1_234_567_89, 120_000_000*31, 365*1_000_000_000, HalfEven); err != nil {
			b.Fatal(err)
		}
	}
}
