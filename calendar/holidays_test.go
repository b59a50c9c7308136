package calendar

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"openlend/refusal"
)

// easterSundays is what the tables were not made from: the published dates.
var easterSundays = strings.Fields(`2015-04-05 2016-03-27 2017-04-16 2018-04-01 2019-04-21
	2020-04-12 2021-04-04 2022-04-17 2023-04-09 2024-03-31 2025-04-20 2026-04-05 2027-03-28`)

func load(t *testing.T, name string) *Workdays {
	t.Helper()
	w, err := LoadWorkdays(name)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// nth returns the n-th weekday of a month, from the end when n is negative.
func nth(n int, wd time.Weekday, m time.Month, year int) Date {
	day := NewDate(year, m, 1)
	if n < 0 {
		day = day.EndOfMonth()
	}
	step := 1
	if n < 0 {
		n, step = -n, -1
	}
	for ; ; day = day.Days(step) {
		if day.Weekday() == wd {
			if n--; n == 0 {
				return day
			}
		}
	}
}

// checkClosed compares the weekdays of one year on which a table says that
// business rests with the expected ones; expected weekend days are passed over.
func checkClosed(t *testing.T, w *Workdays, year int, expected ...Date) {
	t.Helper()
	want := map[Date]bool{}
	for _, day := range expected {
		if !day.isWeekend() {
			want[day] = true
		}
	}
	for day := NewDate(year, 1, 1); day.Year() == year; day++ {
		open, err := w.IsBusinessDay(day)
		if err != nil {
			t.Fatal(err)
		}
		if open == (day.isWeekend() || want[day]) {
			t.Errorf("%s (%s): open is %v", day, day.Weekday(), open)
		}
	}
}

func TestTargetByRule(t *testing.T) {
	w := load(t, "target")
	for _, easter := range easterSundays {
		sunday := d(easter)
		y := sunday.Year()
		checkClosed(t, w, y, NewDate(y, 1, 1), sunday-2, sunday+1, NewDate(y, 5, 1),
			NewDate(y, 12, 25), NewDate(y, 12, 26))
	}
}

func TestUSByRule(t *testing.T) {
	w := load(t, "us")
	observed := func(y int, m time.Month, day int) Date {
		date := NewDate(y, m, day)
		switch date.Weekday() {
		case time.Saturday:
			return date - 1
		case time.Sunday:
			return date + 1
		}
		return date
	}
	for y := 2015; y <= 2027; y++ {
		want := []Date{
			nth(3, time.Monday, 1, y), nth(3, time.Monday, 2, y), nth(-1, time.Monday, 5, y),
			observed(y, 7, 4), nth(1, time.Monday, 9, y), nth(2, time.Monday, 10, y),
			observed(y, 11, 11), nth(4, time.Thursday, 11, y), observed(y, 12, 25),
		}
		for _, newYear := range []Date{observed(y, 1, 1), observed(y+1, 1, 1)} {
			if newYear.Year() == y { // that of next year may be on 31 December
				want = append(want, newYear)
			}
		}
		if y >= 2021 {
			want = append(want, observed(y, 6, 19))
		}
		checkClosed(t, w, y, want...)
	}
}

func TestUKByRule(t *testing.T) {
	w := load(t, "uk")
	for _, easter := range easterSundays {
		sunday := d(easter)
		y := sunday.Year()
		want := []Date{sunday - 2, sunday + 1, nth(-1, time.Monday, 8, y)}
		// The first weekdays from a fixed holiday on that are not one already.
		for _, fixed := range []Date{NewDate(y, 1, 1), NewDate(y, 12, 25), NewDate(y, 12, 26)} {
			if !fixed.isWeekend() {
				want = append(want, fixed)
			}
		}
		for _, fixed := range []Date{NewDate(y, 1, 1), NewDate(y, 12, 25), NewDate(y, 12, 26)} {
			if fixed.isWeekend() {
				for day := fixed; ; day++ {
					if !day.isWeekend() && !slices.Contains(want, day) {
						want = append(want, day)
						break
					}
				}
			}
		}
		early, spring := nth(1, time.Monday, 5, y), nth(-1, time.Monday, 5, y)
		switch y {
		case 2020:
			early = d("2020-05-08")
		case 2022:
			spring = d("2022-06-02")
			want = append(want, d("2022-06-03"), d("2022-09-19"))
		case 2023:
			want = append(want, d("2023-05-08"))
		}
		checkClosed(t, w, y, append(want, early, spring)...)
	}
}

// TestChinaWorksOffItsHolidays: a notice moves rest days about but gives no more
// than the law: the weekdays off less the weekend days worked are the statutory
// days, 11 a year and 13 since 2025. Two years had more, by decree.
func TestChinaWorksOffItsHolidays(t *testing.T) {
	w := load(t, "cn")
	for y := 2015; y <= 2026; y++ {
		statutory := 11
		switch {
		case y == 2015:
			statutory = 12 // 3 September, the 70th anniversary of the end of the war
		case y == 2020:
			statutory = 13 // 31 January off, 1 February not worked: the epidemic
		case y >= 2025:
			statutory = 13
		}
		off, worked := 0, 0
		for day := NewDate(y, 1, 1); day.Year() == y; day++ {
			open, err := w.IsBusinessDay(day)
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case !open && !day.isWeekend():
				off++
			case open && day.isWeekend():
				worked++
			}
		}
		if off-worked != statutory {
			t.Errorf("%d: %d weekdays off, %d weekend days worked, want %d more", y, off, worked, statutory)
		}
	}
}

// TestChinaByNotice takes from each year's notice the longest holidays with the
// number of days the notice itself counts, and what is worked for them.
func TestChinaByNotice(t *testing.T) {
	w := load(t, "cn")
	for _, c := range []struct {
		first  string
		days   int
		worked string // space-separated
	}{
		{"2015-01-01", 3, "2015-01-04"},
		{"2015-02-18", 7, "2015-02-15 2015-02-28"},
		{"2015-09-03", 3, "2015-09-06"},
		{"2016-02-07", 7, "2016-02-06 2016-02-14"},
		{"2016-10-01", 7, "2016-10-08 2016-10-09"},
		{"2017-01-27", 7, "2017-01-22 2017-02-04"},
		{"2017-10-01", 8, "2017-09-30"},
		{"2018-02-15", 7, "2018-02-11 2018-02-24"},
		{"2018-12-30", 3, "2018-12-29"}, // New Year 2019
		{"2019-05-01", 4, "2019-04-28 2019-05-05"},
		{"2019-10-01", 7, "2019-09-29 2019-10-12"},
		{"2020-01-24", 10, "2020-01-19"}, // extended to 2 February
		{"2020-10-01", 8, "2020-09-27 2020-10-10"},
		{"2021-05-01", 5, "2021-04-25 2021-05-08"},
		{"2022-01-31", 7, "2022-01-29 2022-01-30"},
		{"2022-12-31", 3, ""}, // New Year 2023
		{"2023-09-29", 8, "2023-10-07 2023-10-08"},
		{"2024-02-10", 8, "2024-02-04 2024-02-18"},
		{"2024-09-15", 3, "2024-09-14"},
		{"2025-01-28", 8, "2025-01-26 2025-02-08"},
		{"2025-10-01", 8, "2025-09-28 2025-10-11"},
		{"2026-01-01", 3, "2026-01-04"},
		{"2026-02-15", 9, "2026-02-14 2026-02-28"},
		{"2026-05-01", 5, "2026-05-09"},
		{"2026-10-01", 7, "2026-09-20 2026-10-10"},
	} {
		first := d(c.first)
		for day := first; day < first+Date(c.days); day++ {
			if open, err := w.IsBusinessDay(day); err != nil || open {
				t.Errorf("%s: open is %v, %v; a holiday of %d days from %s", day, open, err, c.days, first)
			}
		}
		for s := range strings.FieldsSeq(c.worked) {
			if open, err := w.IsBusinessDay(d(s)); err != nil || !open || !d(s).isWeekend() {
				t.Errorf("%s (%s): open is %v, %v; worked for %s", s, d(s).Weekday(), open, err, first)
			}
		}
	}
}

func TestProvisional(t *testing.T) {
	for table, from := range map[string]string{
		"target": "2028-01-01", "us": "2028-01-01", "uk": "2028-01-01", "cn": "2027-01-01",
		"target+cn": "2027-01-01",
	} {
		w := load(t, table)
		if w.Provisional(d(from)-1) || !w.Provisional(d(from)) {
			t.Errorf("%s: not provisional just from %s on", table, from)
		}
	}
	cn := load(t, "cn")
	for _, day := range []string{"2027-01-01", "2027-02-05", "2027-02-08", "2027-06-09"} {
		if open, err := cn.IsBusinessDay(d(day)); err != nil || open {
			t.Errorf("%s is a holiday by law: open is %v, %v", day, open, err)
		}
	}
}

func TestUnion(t *testing.T) {
	target, uk, both := load(t, "target"), load(t, "uk"), load(t, "target+uk")
	first, last := both.Span()
	if first != d("2015-01-01") || last != d("2027-12-31") {
		t.Fatalf("from %s to %s", first, last)
	}
	for day := first; day <= last; day++ {
		a, _ := target.IsBusinessDay(day)
		b, _ := uk.IsBusinessDay(day)
		if got, err := both.IsBusinessDay(day); err != nil || got != (a && b) {
			t.Fatalf("%s: target %v, uk %v, both %v, %v", day, a, b, got, err)
		}
	}
	// A weekend day worked in China is still a weekend in Europe.
	if open, _ := load(t, "cn+target").IsBusinessDay(d("2024-02-04")); open {
		t.Error("2024-02-04 is a Sunday in Europe")
	}
	early, late := parse(t, "years 2015-2016"), parse(t, "years 2018-2019")
	if _, err := early.and(late).IsBusinessDay(d("2016-06-01")); !errors.Is(err, ErrNoTable) {
		t.Errorf("tables without a common year: %v", err)
	}
}

func TestHolidayRefusals(t *testing.T) {
	for _, name := range []string{"", "mars", "target+", "+", "../errors", "TARGET", "us.txt"} {
		if _, err := LoadWorkdays(name); !errors.Is(err, ErrHolidays) {
			t.Errorf("LoadWorkdays(%q): %v, want ErrHolidays", name, err)
		}
	}
	w := load(t, "us")
	for _, day := range []Date{d("2014-12-31"), d("2028-01-01"), 0, MaxDate, -1} {
		if _, err := w.IsBusinessDay(day); !errors.Is(err, ErrNoTable) {
			t.Errorf("%s: %v, want ErrNoTable", day, err)
		}
	}
}

func parse(t *testing.T, text string) *Workdays {
	t.Helper()
	w, err := parseWorkdays(text)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// TestFaultyTables: a table that is written wrongly is found when it is loaded,
// and as a fault of ours, not as a refusal to show to people.
func TestFaultyTables(t *testing.T) {
	const head = "# source\nyears 2015-2016\n"
	parse(t, head+"2015-01-01 holiday New Year\n2015-01-04 workday New Year\n")
	for what, text := range map[string]string{
		"no years":           "2015-01-01 holiday New Year",
		"years backwards":    "years 2016-2015",
		"years in words":     "years all",
		"twice":              head + "2015-01-01 holiday A\n2015-01-01 holiday B",
		"out of order":       head + "2015-01-02 holiday A\n2015-01-01 holiday B",
		"outside":            head + "2017-01-01 holiday A",
		"no such day":        head + "2015-02-29 holiday A",
		"no name":            head + "2015-01-01 holiday",
		"unknown kind":       head + "2015-01-01 feast A",
		"a weekday worked":   head + "2015-01-01 workday A",
		"provisional, wordy": head + "provisional soon",
	} {
		if _, err := parseWorkdays(text); err == nil {
			t.Errorf("%s: accepted", what)
		} else if refusal.Code(err) != "" {
			t.Errorf("%s: %v is a refusal", what, err)
		}
	}
}
