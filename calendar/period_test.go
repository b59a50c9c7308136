package calendar

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestParsePeriod(t *testing.T) {
	for text, want := range map[string]Period{
		"1 month": {1, Month}, "15 days": {15, Day}, "2 weeks": {2, Week}, "1 year": {1, Year},
		"1 months": {1, Month}, "3 month": {3, Month}, "9999 days": {9999, Day},
	} {
		if got, err := ParsePeriod(text); err != nil || got != want {
			t.Errorf("ParsePeriod(%q) = %v, %v", text, got, err)
		}
	}
	for _, text := range []string{
		"", " ", "month", "1", "1 ", " 1 month", "1  month", "1 month ", "0 months", "-1 month",
		"+1 month", "01 month", "1.5 months", "1 monthss", "1 s", "1 fortnight", "1 Month",
		"10000 days", "99999999999999999999 days", "１ month", "1month", "one month",
	} {
		if got, err := ParsePeriod(text); !errors.Is(err, ErrPeriod) {
			t.Errorf("ParsePeriod(%q) = %v, %v; want ErrPeriod", text, got, err)
		}
	}
}

func TestPeriodPrintsWhatItReads(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		unit := rapid.SampledFrom([]Unit{Day, Week, Month, Year}).Draw(t, "unit")
		p := Period{rapid.IntRange(1, maxPeriod).Draw(t, "n"), unit}
		text, err := p.MarshalText()
		var back Period
		if err != nil || back.UnmarshalText(text) != nil || back != p {
			t.Fatalf("%v printed as %q came back as %v", p, text, back)
		}
	})
}

// TestMonthEnds is the rule of thumb of every schedule: 31 becomes the last day
// of a shorter month, and comes back, because dates are counted from the origin.
func TestMonthEnds(t *testing.T) {
	for _, c := range []struct {
		from string
		n    int
		want string
	}{
		{"2023-10-31", 1, "2023-11-30"},
		{"2023-10-31", 4, "2024-02-29"},
		{"2023-10-31", 5, "2024-03-31"},
		{"2022-10-31", 4, "2023-02-28"},
		{"2024-02-29", 12, "2025-02-28"},
		{"2024-02-29", 48, "2028-02-29"},
		{"2096-02-29", 48, "2100-02-28"},
		{"2024-01-30", 1, "2024-02-29"},
		{"2024-01-15", -1, "2023-12-15"},
		{"2024-03-31", -1, "2024-02-29"},
		{"2024-01-31", -13, "2022-12-31"},
		{"2024-05-31", 0, "2024-05-31"},
	} {
		if got := d(c.from).AddMonths(c.n); got != d(c.want) {
			t.Errorf("%s + %d months = %s, want %s", c.from, c.n, got, c.want)
		}
	}
}

func TestAddPeriod(t *testing.T) {
	for period, want := range map[Period]string{
		{15, Day}: "2024-02-15", {2, Week}: "2024-02-14", {1, Month}: "2024-02-29",
		{1, Year}: "2025-01-31", {-1, Month}: "2023-12-31", {1, "moon"}: "2024-01-31",
	} {
		if got := d("2024-01-31").Add(period); got != d(want) {
			t.Errorf("2024-01-31 + %v = %s, want %s", period, got, want)
		}
	}
}

// TestAddMonthsNeverSkips: n months on is always in the n-th month after, on the
// same day or on the last one, and later for a larger n.
func TestAddMonthsNeverSkips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from := someDay().Draw(t, "from")
		n := rapid.IntRange(-600, 600).Draw(t, "n")
		to := from.AddMonths(n)
		y1, m1, d1 := from.Civil()
		y2, m2, d2 := to.Civil()
		if got := 12*(y2-y1) + int(m2-m1); got != n {
			t.Fatalf("%s + %d months = %s, %d months on", from, n, to, got)
		}
		if d2 != d1 && (d2 > d1 || !to.IsEndOfMonth()) {
			t.Fatalf("%s + %d months = %s: neither the day nor the last one", from, n, to)
		}
		if next := from.AddMonths(n + 1); next <= to {
			t.Fatalf("%s + %d months = %s, then %s", from, n, to, next)
		}
	})
}

func TestSeries(t *testing.T) {
	for _, c := range []struct {
		series Series
		want   [4]string
	}{
		{Series{d("2024-01-30"), Period{1, Month}, false},
			[4]string{"2024-01-30", "2024-02-29", "2024-03-30", "2024-04-30"}},
		{Series{d("2024-04-30"), Period{1, Month}, false},
			[4]string{"2024-04-30", "2024-05-30", "2024-06-30", "2024-07-30"}},
		{Series{d("2024-04-30"), Period{1, Month}, true},
			[4]string{"2024-04-30", "2024-05-31", "2024-06-30", "2024-07-31"}},
		{Series{d("2024-02-29"), Period{1, Year}, true},
			[4]string{"2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28"}},
		{Series{d("2024-02-10"), Period{10, Day}, true}, // no months, no month's end
			[4]string{"2024-02-10", "2024-02-20", "2024-03-01", "2024-03-11"}},
	} {
		for n, want := range c.want {
			if got := c.series.At(n); got != d(want) {
				t.Errorf("%v, number %d: %s, want %s", c.series, n, got, want)
			}
		}
	}
}

func TestEndOfMonth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from := days().Draw(t, "day")
		last := from.EndOfMonth()
		_, m, _ := last.Civil()
		_, next, _ := last.Days(1).Civil()
		if last < from || last.Sub(from) > 30 || from.IsEndOfMonth() != (last == from) ||
			next != m%12+1 || m == time.February && last.Sub(from) > 28 {
			t.Fatalf("the month of %s ends on %s", from, last)
		}
	})
}

func BenchmarkAddMonths(b *testing.B) {
	from := d("2023-10-31")
	for b.Loop() {
		from.AddMonths(4)
	}
}
