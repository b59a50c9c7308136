package calendar

import (
	"errors"
	"testing"

	"pgregory.net/rapid"
)

func TestAdjust(t *testing.T) {
	for _, c := range []struct {
		table, day, following, modified, preceding string
	}{
		{"target", "2024-06-12", "2024-06-12", "2024-06-12", "2024-06-12"}, // a Wednesday
		{"target", "2024-06-15", "2024-06-17", "2024-06-17", "2024-06-14"}, // a Saturday
		{"target", "2024-08-31", "2024-09-02", "2024-08-30", "2024-08-30"}, // month's end
		{"target", "2024-03-29", "2024-04-02", "2024-03-28", "2024-03-28"}, // Good Friday
		{"uk", "2024-03-29", "2024-04-02", "2024-03-28", "2024-03-28"},
		{"us", "2024-03-29", "2024-03-29", "2024-03-29", "2024-03-29"}, // no US holiday
		{"us", "2021-12-31", "2022-01-03", "2021-12-30", "2021-12-30"},
		{"target+uk", "2022-06-02", "2022-06-06", "2022-06-06", "2022-06-01"},
		{"cn", "2024-02-10", "2024-02-18", "2024-02-18", "2024-02-09"}, // a Sunday is worked
		{"cn", "2024-02-04", "2024-02-04", "2024-02-04", "2024-02-04"},
		{"target", "2015-05-30", "2015-06-01", "2015-05-29", "2015-05-29"},
	} {
		w := load(t, c.table)
		for rule, want := range map[Adjustment]string{
			Unadjusted: c.day, Following: c.following,
			ModifiedFollowing: c.modified, Preceding: c.preceding,
		} {
			if got, err := w.Adjust(d(c.day), rule); err != nil || got != d(want) {
				t.Errorf("%s, %s, %s: %s, %v; want %s", c.table, c.day, rule, got, err, want)
			}
		}
	}
}

// TestAdjustLandsOnABusinessDay: the nearest one in the direction of the rule,
// and for modified following in the same month.
func TestAdjustLandsOnABusinessDay(t *testing.T) {
	tables := map[string]*Workdays{}
	names := []string{"target", "us", "uk", "cn", "target+uk+us+cn"}
	for _, name := range names {
		tables[name] = load(t, name)
	}
	first, last := d("2015-02-01"), d("2027-11-30") // a month from the ends of the tables
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(names).Draw(t, "table")
		w := tables[name]
		from := first + Date(rapid.IntRange(0, last.Sub(first)).Draw(t, "day"))
		open := func(day Date) bool {
			ok, err := w.IsBusinessDay(day)
			if err != nil {
				t.Fatal(err)
			}
			return ok
		}
		for _, rule := range []Adjustment{Following, ModifiedFollowing, Preceding} {
			to, err := w.Adjust(from, rule)
			if err != nil || !open(to) {
				t.Fatalf("%s, %s: %s, %v", from, rule, to, err)
			}
			for day := min(from, to); day <= max(from, to); day++ {
				if day != to && open(day) {
					t.Fatalf("%s, %s: %s, but %s is open", from, rule, to, day)
				}
			}
			_, m, _ := from.Civil()
			_, m2, _ := to.Civil()
			if rule == Following && to < from || rule == Preceding && to > from ||
				rule == ModifiedFollowing && m != m2 {
				t.Fatalf("%s, %s: %s", from, rule, to)
			}
			if again, _ := w.Adjust(to, rule); again != to {
				t.Fatalf("%s, %s: %s, and again %s", from, rule, to, again)
			}
		}
	})
}

func TestAdjustRefuses(t *testing.T) {
	w := load(t, "us")
	for _, c := range []struct {
		day  string
		rule Adjustment
		want error
	}{
		{"2027-12-31", Following, ErrNoTable}, // a holiday, and the next day is 2028
		{"2015-01-01", Preceding, ErrNoTable},
		{"2014-06-01", ModifiedFollowing, ErrNoTable},
		{"2024-06-15", "nearest", ErrAdjustment},
		{"2024-06-15", "", ErrAdjustment},
	} {
		if got, err := w.Adjust(d(c.day), c.rule); !errors.Is(err, c.want) || got != 0 {
			t.Errorf("%s, %q: %s, %v; want %v", c.day, c.rule, got, err, c.want)
		}
	}
	if got, err := w.Adjust(d("2027-12-31"), ModifiedFollowing); err != nil || got != d("2027-12-30") {
		t.Errorf("the last day of the table goes back: %s, %v", got, err)
	}
	if got, err := w.Adjust(d("2040-01-01"), Unadjusted); err != nil || got != d("2040-01-01") {
		t.Errorf("unadjusted asks no table: %s, %v", got, err)
	}
}

func TestParseAdjustment(t *testing.T) {
	for _, a := range []Adjustment{Unadjusted, Following, ModifiedFollowing, Preceding} {
		if got, err := ParseAdjustment(string(a)); err != nil || got != a {
			t.Errorf("ParseAdjustment(%q) = %q, %v", a, got, err)
		}
	}
	for _, s := range []string{"", "Following", "modified following"} {
		if _, err := ParseAdjustment(s); !errors.Is(err, ErrAdjustment) {
			t.Errorf("ParseAdjustment(%q): %v, want ErrAdjustment", s, err)
		}
	}
}
