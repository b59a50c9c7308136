package calendar

import (
	"strconv"
	"strings"
	"time"
)

// Unit is the unit of a Period.
type Unit string

// The units.
const (
	Day   Unit = "day"
	Week  Unit = "week"
	Month Unit = "month"
	Year  Unit = "year"
)

// Period is a distance between due dates: 15 days, 2 weeks, 1 month, 1 year.
type Period struct {
	N    int
	Unit Unit
}

// maxPeriod is the largest N that is read: no contract has a longer step.
const maxPeriod = 9999

// ParsePeriod reads a count from 1 to 9999, one space, and a unit in singular
// or plural: "1 month", "15 days". Refusal: ErrPeriod.
func ParsePeriod(s string) (Period, error) {
	count, unit, _ := strings.Cut(s, " ")
	p := Period{Unit: Unit(strings.TrimSuffix(unit, "s"))}
	for _, c := range []byte(count) {
		if p.N = p.N*10 + int(c-'0'); c < '0' || c > '9' || p.N > maxPeriod {
			return Period{}, ErrPeriod.With("%q", s)
		}
	}
	if p.N == 0 || count[0] == '0' || !p.Unit.known() {
		return Period{}, ErrPeriod.With("%q", s)
	}
	return p, nil
}

func (u Unit) known() bool {
	return u == Day || u == Week || u == Month || u == Year
}

// String prints the period as ParsePeriod reads it: "1 month", "15 days".
func (p Period) String() string {
	s := strconv.Itoa(p.N) + " " + string(p.Unit)
	if p.N != 1 {
		s += "s"
	}
	return s
}

// MarshalText prints the period as String does.
func (p Period) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads what ParsePeriod reads. Refusal: ErrPeriod.
func (p *Period) UnmarshalText(b []byte) error {
	v, err := ParsePeriod(string(b))
	*p = v
	return err
}

// Times returns the period n times over. Due dates are counted from the origin,
// start.Add(every.Times(n)), because 31 January plus one month plus one month
// is 28 March, and plus two months is 31 March.
func (p Period) Times(n int) Period { return Period{p.N * n, p.Unit} }

// Months returns the length in months, and false for days and weeks, which are
// no number of months.
func (p Period) Months() (int, bool) {
	switch p.Unit {
	case Month:
		return p.N, true
	case Year:
		return 12 * p.N, true
	}
	return 0, false
}

// Add returns d moved by the period. A day that the target month does not have
// becomes its last day (31 October + 4 months is 28 or 29 February). A period
// of an unknown unit moves nothing.
func (d Date) Add(p Period) Date {
	switch p.Unit {
	case Month:
		return d.AddMonths(p.N)
	case Year:
		return d.AddMonths(12 * p.N)
	case Week:
		return d.Days(7 * p.N)
	case Day:
		return d.Days(p.N)
	}
	return d
}

// AddMonths returns the same day n months on (n may be negative), or the last
// day of that month when it is shorter.
func (d Date) AddMonths(n int) Date {
	year, month, day := d.Civil()
	n = max(-maxMonths, min(n, maxMonths))
	m0 := year*12 + int(month) - 1 + n
	year = floorDiv(m0, 12)
	month = time.Month(m0-12*year) + 1
	return clamp(NewDate(year, month, min(day, DaysIn(year, month))))
}

// EndOfMonth returns the last day of d's month.
func (d Date) EndOfMonth() Date {
	year, month, day := d.Civil()
	return d + Date(DaysIn(year, month)-day)
}

// IsEndOfMonth says whether d is the last day of its month.
func (d Date) IsEndOfMonth() bool { return d == d.EndOfMonth() }
