package calendar

import (
	"embed"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// tables holds one text file per place. A line is "date kind name", kind being
// holiday or workday (a weekend day on which business is done); "years A-B" says
// what the file covers and "provisional Y" that from year Y on it is incomplete.
//
//go:embed holidays/*.txt
var tables embed.FS

// Workdays says of every day in a span of years whether business is done on it.
type Workdays struct {
	first       Date   // the day that open[0] speaks of
	open        []bool // one for each day of the span
	provisional Date   // from here on not every holiday is known; past the span if all are
}

// LoadWorkdays returns the business days of a place: "target" (payments in
// euro), "us" (federal), "uk" (England and Wales), "cn" (mainland China with
// make-up workdays). Names joined by "+", as in "target+uk", give the days on
// which business is done in all of them. Refusal: ErrHolidays.
func LoadWorkdays(name string) (*Workdays, error) {
	var all *Workdays
	for part := range strings.SplitSeq(name, "+") {
		text, err := tables.ReadFile("holidays/" + part + ".txt")
		if err != nil {
			return nil, ErrHolidays.With("%q", part)
		}
		w, err := parseWorkdays(string(text))
		if err != nil {
			return nil, fmt.Errorf("holiday table %s: %w", part, err)
		}
		if all != nil {
			w = all.and(w)
		}
		all = w
	}
	return all, nil
}

// Span returns the first and the last day that the table covers.
func (w *Workdays) Span() (first, last Date) {
	return w.first, w.first + Date(len(w.open)) - 1
}

// Provisional says whether d lies in a year of which only the holidays fixed by
// law are known yet, so that an answer about it may change.
func (w *Workdays) Provisional(d Date) bool { return d >= w.provisional }

// IsBusinessDay says whether business is done on d. Refusal: ErrNoTable.
func (w *Workdays) IsBusinessDay(d Date) (bool, error) {
	if i := int(d - w.first); i >= 0 && i < len(w.open) {
		return w.open[i], nil
	}
	return false, ErrNoTable.With("%s", d)
}

// and returns the days on which business is done in both, over the years that
// both cover.
func (w *Workdays) and(v *Workdays) *Workdays {
	first := max(w.first, v.first)
	length := min(w.first+Date(len(w.open)), v.first+Date(len(v.open))) - first
	both := &Workdays{
		first:       first,
		open:        make([]bool, max(0, length)),
		provisional: min(w.provisional, v.provisional),
	}
	for i := range both.open {
		d := first + Date(i)
		both.open[i] = w.open[d-w.first] && v.open[d-v.first]
	}
	return both
}

// parseWorkdays reads a table. Its errors are faults of the table, not of a
// caller, and so are no refusals.
func parseWorkdays(text string) (*Workdays, error) {
	w := &Workdays{}
	var last Date
	for nr, line := range strings.Split(text, "\n") {
		day, rest, _ := strings.Cut(line, " ")
		var err error
		switch day {
		case "", "#":
			continue
		case "years":
			err = w.cover(rest)
		case "provisional":
			err = w.provisionalFrom(rest)
		default:
			last, err = w.mark(day, rest, last)
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", nr+1, err)
		}
	}
	return w, nil
}

// cover opens the weekdays of the years "2015-2027".
func (w *Workdays) cover(years string) error {
	from, to, _ := strings.Cut(years, "-")
	a, errA := strconv.Atoi(from)
	b, errB := strconv.Atoi(to)
	if errA != nil || errB != nil || a < 1 || b < a || b > 9998 {
		return fmt.Errorf("not a span of years: %q", years)
	}
	w.first = NewDate(a, time.January, 1)
	w.provisional = NewDate(b+1, time.January, 1)
	w.open = make([]bool, w.provisional-w.first)
	for i := range w.open {
		w.open[i] = !(w.first + Date(i)).isWeekend()
	}
	return nil
}

func (w *Workdays) provisionalFrom(year string) error {
	y, err := strconv.Atoi(year)
	w.provisional = NewDate(y, time.January, 1)
	return err
}

// mark enters one line; days must ascend, so none can be said twice.
func (w *Workdays) mark(day, rest string, last Date) (Date, error) {
	d, err := ParseDate(day)
	if err != nil {
		return last, fmt.Errorf("not a date: %q", day) // the refusal is for callers' dates
	}
	kind, name, _ := strings.Cut(rest, " ")
	if i := int(d - w.first); d <= last || i < 0 || i >= len(w.open) || name == "" {
		return last, fmt.Errorf("%s is out of order, outside the years or without a name", day)
	}
	switch {
	case kind == "holiday":
		w.open[d-w.first] = false
	case kind == "workday" && d.isWeekend():
		w.open[d-w.first] = true
	default:
		return last, fmt.Errorf("%s cannot be a %q", day, kind)
	}
	return d, nil
}

func (d Date) isWeekend() bool {
	wd := d.Weekday()
	return wd == time.Saturday || wd == time.Sunday
}
