package id_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"openlend/internal/id"
)

var start = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

func TestSeededSourceIsTheSameEveryTime(t *testing.T) {
	t.Parallel()
	a, b := id.NewSeeded(start), id.NewSeeded(start)
	var last int64
	for i := range 10_000 {
		x, err := a.Next()
		if err != nil {
			t.Fatal(err)
		}
		y, err := b.Next()
		if err != nil || x != y || x <= last {
			t.Fatalf("id %d: %d and %d after %d, %v", i, x, y, last, err)
		}
		last = x
	}
	if got, want := last>>22, start.UnixMilli()+2-msOf2020; got != want {
		t.Errorf("after 10,000 ids the millisecond is %d, want %d", got, want)
	}
}

var msOf2020 = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()

// Blocks and single ids of one source never overlap, increase, and a block
// stays within its millisecond.
func TestBlocks(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := id.NewSeeded(start)
		var last int64
		for _, n := range rapid.SliceOfN(rapid.IntRange(1, 4096), 1, 50).Draw(t, "sizes") {
			first, err := s.Block(n)
			end := first + int64(n) - 1
			if err != nil || first <= last || first>>12 != end>>12 {
				t.Fatalf("block of %d: %x to %x after %x, %v", n, first, end, last, err)
			}
			last = end
		}
	})
}

func TestBlockSizes(t *testing.T) {
	t.Parallel()
	s := id.NewSeeded(start)
	for _, n := range []int{math.MinInt, -1, 0, 4097, math.MaxInt} {
		if _, err := s.Block(n); !errors.Is(err, id.ErrBlock) {
			t.Errorf("Block(%d): %v", n, err)
		}
	}
}

func TestTheEndOfTime(t *testing.T) {
	t.Parallel()
	last := time.UnixMilli(msOf2020 + 1<<41 - 1)
	s := id.NewSeeded(last)
	first, err := s.Block(4096)
	if err != nil || first <= 0 {
		t.Fatalf("in the last millisecond: %d, %v", first, err)
	}
	if _, err := s.Next(); !errors.Is(err, id.ErrEnd) {
		t.Errorf("after it: %v", err)
	}
	early, err := id.NewSeeded(time.Time{}).Next()
	if err != nil || early <= 0 {
		t.Errorf("before 2020: %d, %v", early, err)
	}
}

func TestManyGoroutinesOneSource(t *testing.T) {
	t.Parallel()
	s := id.NewSeeded(start)
	const workers, each = 64, 1000
	ids := make([][]int64, workers)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for range each {
				n, err := s.Next()
				if err != nil {
					t.Error(err)
				}
				ids[w] = append(ids[w], n)
			}
		})
	}
	wg.Wait()
	var all []int64
	for _, mine := range ids {
		if !slices.IsSorted(mine) {
			t.Error("a goroutine saw ids go back")
		}
		all = append(all, mine...)
	}
	slices.Sort(all)
	if n := len(slices.Compact(all)); n != workers*each {
		t.Errorf("%d different ids of %d", n, workers*each)
	}
}

func TestFormat(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{
		1:             "loan_0000000000001",
		32:            "loan_0000000000010",
		math.MaxInt64: "loan_7ZZZZZZZZZZZZ",
		// 0CZ8N3W5K2Q4R, by hand: C=12 Z=31 8 N=21 3 W=28 5 K=19 2 Q=23 4 R=24.
		((((((((((12*32+31)*32+8)*32+21)*32+3)*32+28)*32+5)*32+19)*32+2)*32+23)*32+4)*32 + 24: "" +
			"loan_0CZ8N3W5K2Q4R",
	} {
		if got := id.Format("loan", n); got != want {
			t.Errorf("Format(%d) = %s, want %s", n, got, want)
		}
	}
}

func TestFormatAndParseAgree(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		prefix := rapid.SampledFrom([]string{"a", "loan", "bank_account"}).Draw(t, "prefix")
		a := rapid.Int64Range(1, math.MaxInt64).Draw(t, "a")
		b := rapid.Int64Range(1, math.MaxInt64).Draw(t, "b")
		text := id.Format(prefix, a)
		if (text < id.Format(prefix, b)) != (a < b) {
			t.Fatalf("the order of %d and %d is lost", a, b)
		}
		// As somebody reads it out: lower case, l or i for 1, o for 0.
		head, tail := text[:len(prefix)+1], text[len(prefix)+1:]
		one := rapid.SampledFrom([]string{"1", "i", "l", "I", "L"}).Draw(t, "one")
		spoken := strings.NewReplacer("1", one, "0", "o").Replace(strings.ToLower(tail))
		for _, s := range []string{text, head + spoken} {
			if got, err := id.Parse(prefix, s); err != nil || got != a {
				t.Fatalf("Parse(%q) = %d, %v; want %d", s, got, err, a)
			}
		}
	})
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"empty":          "",
		"other prefix":   "bid_0CZ8N3W5K2Q4R",
		"capital prefix": "LOAN_0CZ8N3W5K2Q4R",
		"no line":        "loan0CZ8N3W5K2Q4R",
		"short":          "loan_CZ8N3W5K2Q4R",
		"long":           "loan_00CZ8N3W5K2Q4R",
		"letter U":       "loan_0CZ8N3W5K2QUR",
		"hyphen":         "loan_0CZ8N-W5K2Q4R",
		"blank":          "loan_0CZ8N3W5K2Q4 ",
		"wide digits":    "loan_0CZ8N3W5K2１",
		"64 bits":        "loan_8000000000000",
		"largest text":   "loan_ZZZZZZZZZZZZZ",
		"zero":           "loan_0000000000000",
	} {
		if n, err := id.Parse("loan", text); !errors.Is(err, id.ErrMalformed) {
			t.Errorf("%s: got %d, %v", name, n, err)
		}
	}
}
