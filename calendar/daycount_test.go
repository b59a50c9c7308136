package calendar

import (
	"errors"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func rat(f Fraction) *big.Rat { return big.NewRat(f.Num, f.Den) }

func ratOf(s string) *big.Rat {
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		panic(s)
	}
	return r
}

// allDayCounts are those of contracts; ICMA without coupons counts as annual.
var allDayCounts = []DayCount{Thirty360US, Thirty360E, Actual360, Actual365F,
	ActualActualISDA, ActualActualICMA, ActualActual}

func TestParseDayCount(t *testing.T) {
	for _, dc := range allDayCounts {
		if got, err := ParseDayCount(string(dc)); err != nil || got != dc {
			t.Errorf("ParseDayCount(%q) = %q, %v", dc, got, err)
		}
	}
	for _, s := range []string{"", "act/act", "Actual/360", "actual/365 ", "30/365"} {
		if got, err := ParseDayCount(s); !errors.Is(err, ErrDayCount) {
			t.Errorf("ParseDayCount(%q) = %q, %v; want ErrDayCount", s, got, err)
		}
	}
}

// TestLoanActualActual is the convention of the published loan schedules: the
// first day is left out and the last one counts, each by its own year.
func TestLoanActualActual(t *testing.T) {
	for _, c := range []struct{ from, to, days365, days366 string }{
		{"2023-12-12", "2024-01-12", "19", "12"},
		{"2023-12-31", "2024-01-31", "0", "31"},
		{"2023-12-30", "2023-12-31", "1", "0"},
		{"2024-12-31", "2025-01-01", "1", "0"},
		{"2024-02-29", "2024-02-29", "0", "0"},
		{"2022-06-30", "2025-06-30", "730", "366"}, // 184+365+181 days in common years
	} {
		want := ratOf(c.days365 + "/365")
		want.Add(want, ratOf(c.days366+"/366"))
		if got := rat(ActualActual.Fraction(d(c.from), d(c.to))); got.Cmp(want) != 0 {
			t.Errorf("%s to %s: %s, want %s", c.from, c.to, got, want)
		}
	}
}

// TestActualActualPublished holds the worked examples of ISDA, "EMU and market
// conventions: recent developments", 1998, for the ISDA and the ICMA method.
func TestActualActualPublished(t *testing.T) {
	half, quarter, year := Period{6, Month}, Period{3, Month}, Period{1, Year}
	for _, c := range []struct {
		from, to   string
		isda, icma string
		coupons    Series
	}{
		{"2003-11-01", "2004-05-01", "0.497724380567", "0.5", Series{d("2003-11-01"), half, false}},
		{"1999-02-01", "1999-07-01", "0.410958904110", "0.410958904110",
			Series{d("1998-07-01"), year, false}},
		{"1999-07-01", "2000-07-01", "1.001377348600", "1", Series{d("1998-07-01"), year, false}},
		{"2002-08-15", "2003-07-15", "0.915068493151", "0.915760869565",
			Series{d("2003-07-15"), half, false}},
		{"2003-07-15", "2004-01-15", "0.504004790778", "0.5", Series{d("2003-07-15"), half, false}},
		{"1999-07-30", "2000-01-30", "0.503892506924", "0.5", Series{d("1999-07-30"), half, false}},
		{"2000-01-30", "2000-06-30", "0.415300546448", "0.417582417582",
			Series{d("1999-07-30"), half, false}},
		{"1999-11-30", "2000-04-30", "0.415540085336", "0.415760869565",
			Series{d("1999-11-30"), quarter, true}},
	} {
		from, to := d(c.from), d(c.to)
		near(t, "ISDA "+c.from, ActualActualISDA.Fraction(from, to), c.isda)
		near(t, "ICMA "+c.from, ICMA(from, to, c.coupons), c.icma)
	}
}

// near says whether f is the printed figure to eleven decimals; one of them was
// printed with ten.
func near(t *testing.T, what string, f Fraction, printed string) {
	t.Helper()
	diff := new(big.Rat).Sub(rat(f), ratOf(printed))
	if diff.Abs(diff).Cmp(ratOf("0.00000000001")) > 0 {
		t.Errorf("%s: %s, printed %s", what, rat(f).FloatString(13), printed)
	}
}

// TestThirty360Published: the European column is ISDA's workbook of 30/360 day
// counts (2008); the US one is the NASD rule on the same dates, which makes every
// half-year from the last of February 180 days.
func TestThirty360Published(t *testing.T) {
	for _, c := range []struct {
		from, to     string
		european, us int64
	}{
		{"2006-08-20", "2007-02-20", 180, 180},
		{"2007-02-20", "2007-08-20", 180, 180},
		{"2006-08-31", "2007-02-28", 178, 178},
		{"2007-02-28", "2007-08-31", 182, 180},
		{"2007-08-31", "2008-02-29", 179, 179},
		{"2008-02-29", "2008-08-31", 181, 180},
		{"2009-02-28", "2009-08-31", 182, 180},
		{"2006-01-31", "2006-02-28", 28, 28},
		{"2006-01-30", "2006-02-28", 28, 28},
		{"2006-02-28", "2006-03-03", 5, 3},
		{"2006-02-14", "2006-02-28", 14, 14},
		{"2006-09-30", "2006-10-31", 30, 30},
		{"2006-10-31", "2006-11-28", 28, 28},
		{"2007-08-31", "2008-02-28", 178, 178},
		{"2008-02-28", "2008-08-28", 180, 180},
		{"2008-02-28", "2008-08-30", 182, 182},
		{"2008-02-28", "2008-08-31", 182, 183},
		{"2007-02-26", "2008-02-28", 362, 362},
		{"2007-02-26", "2008-02-29", 363, 363},
		{"2008-02-29", "2009-02-28", 359, 360},
		{"2008-02-28", "2008-03-30", 32, 32},
		{"2008-02-28", "2008-03-31", 32, 33},
	} {
		if got := Thirty360E.Fraction(d(c.from), d(c.to)); got != (Fraction{c.european, 360}) {
			t.Errorf("30E/360 %s to %s: %v, want %d", c.from, c.to, got, c.european)
		}
		if got := Thirty360US.Fraction(d(c.from), d(c.to)); got != (Fraction{c.us, 360}) {
			t.Errorf("30/360 %s to %s: %v, want %d", c.from, c.to, got, c.us)
		}
	}
}

// TestFractionAddsUp: counts of actual days may be cut anywhere. 30/360 may not:
// two halves of February do not make the whole.
func TestFractionAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := someDay().Draw(t, "a"), someDay().Draw(t, "b"), someDay().Draw(t, "c")
		for _, dc := range []DayCount{Actual360, Actual365F, ActualActualISDA, ActualActual} {
			sum := rat(dc.Fraction(a, b))
			sum.Add(sum, rat(dc.Fraction(b, c)))
			if whole := rat(dc.Fraction(a, c)); sum.Cmp(whole) != 0 {
				t.Fatalf("%s: %s to %s to %s is %s, in one step %s", dc, a, b, c, sum, whole)
			}
		}
		coupons := Series{
			Origin:     someDay().Draw(t, "origin"),
			Every:      Period{rapid.IntRange(1, 24).Draw(t, "months"), Month},
			EndOfMonth: rapid.Bool().Draw(t, "end of month"),
		}
		sum := rat(ICMA(a, b, coupons))
		sum.Add(sum, rat(ICMA(b, c, coupons)))
		if whole := rat(ICMA(a, c, coupons)); sum.Cmp(whole) != 0 {
			t.Fatalf("ICMA: %s to %s to %s is %s, in one step %s", a, b, c, sum, whole)
		}
	})
}

// TestFractionOfEveryDayCount: time runs forwards, backwards it is negated, and
// the size promised to those who multiply holds.
func TestFractionOfEveryDayCount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := someDay().Draw(t, "a")
		b := a + Date(rapid.IntRange(0, 36525).Draw(t, "days"))
		for _, dc := range allDayCounts {
			f, back := dc.Fraction(a, b), dc.Fraction(b, a)
			if back.Num != -f.Num || back.Den != f.Den {
				t.Fatalf("%s: %s to %s is %v, back %v", dc, a, b, f, back)
			}
			if f.Num < -4 || f.Num >= 1<<31 || f.Den <= 0 || f.Den >= 1<<21 {
				t.Fatalf("%s: %s to %s is %v", dc, a, b, f)
			}
			near := new(big.Rat).Sub(rat(f), big.NewRat(int64(b-a)*10000, 3652425))
			if near.Abs(near).Cmp(big.NewRat(int64(b-a)+300, 20000)) > 0 {
				t.Fatalf("%s: %s to %s is %v", dc, a, b, f)
			}
		}
	})
}

// TestICMAWholeCoupons: a whole coupon period is its share of a year whatever its
// length, which is the point of the method.
func TestICMAWholeCoupons(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		months := rapid.IntRange(1, 36).Draw(t, "months")
		s := Series{someDay().Draw(t, "origin"), Period{months, Month}, rapid.Bool().Draw(t, "eom")}
		first, n := rapid.IntRange(-20, 20).Draw(t, "first"), rapid.IntRange(0, 20).Draw(t, "n")
		got := rat(ICMA(s.At(first), s.At(first+n), s))
		if want := big.NewRat(int64(n*months), 12); got.Cmp(want) != 0 {
			t.Fatalf("%d coupons of %d months from number %d of %v: %s", n, months, first, s, got)
		}
	})
}

// TestFractionWithoutMeaning: what cannot be measured is no time at all and no
// panic; names and dates are checked where they come in.
func TestFractionWithoutMeaning(t *testing.T) {
	a, b := d("2024-01-01"), d("2024-07-01")
	monthly := Series{a, Period{1, Month}, false}
	for what, got := range map[string]Fraction{
		"unknown day count": DayCount("30/365").Fraction(a, b),
		"coupons of days":   ICMA(a, b, Series{a, Period{90, Day}, false}),
		"coupons of nought": ICMA(a, b, Series{a, Period{}, false}),
		"backward coupons":  ICMA(a, b, Series{a, Period{-1, Month}, false}),
		"past year 9999":    ICMA(a, MaxDate+1, monthly),
		"before year 1":     ICMA(-1, b, monthly),
		"unset origin":      ICMA(a, b, Series{Every: Period{1, Month}}),
	} {
		if got.Num != 0 || got.Den != 1 {
			t.Errorf("%s: %v, want 0/1", what, got)
		}
	}
	if got := ICMA(Date(1), MaxDate, monthly); got.Den <= 0 || got.Num <= 0 {
		t.Errorf("all years: %v", got)
	}
}

func BenchmarkFraction(b *testing.B) {
	from, to := d("2023-12-12"), d("2024-01-12")
	for _, dc := range allDayCounts {
		b.Run(string(dc), func(b *testing.B) {
			for b.Loop() {
				dc.Fraction(from, to)
			}
		})
	}
}
