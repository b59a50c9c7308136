// Package calendar is civil time: dates without a clock or a zone, the day
// counts by which interest is measured, periods and month ends, and the
// holiday tables by which a due date moves to a business day.
//
// Invariants: a Date is always a real day of the proleptic Gregorian calendar;
// nothing here reads a clock.
package calendar

import (
	"fmt"
	"time"
)

// Date is a civil date, counted in days since 0001-01-01. The zero Date is
// that day and means "no date". Dates compare with <, == and >.
type Date int32

const (
	daysToUnix      = 719162 // days from 0001-01-01 to 1970-01-01
	daysPer400Years = 146097
)

// MaxDate is the last day that parses and prints: 9999-12-31.
const MaxDate Date = 3652058

const maxMonths = 12 * 10000 // more months than lie between any two dates

// NewDate returns the day; a day or month out of range runs over as in
// time.Date (31 April is 1 May).
func NewDate(year int, month time.Month, day int) Date {
	y, m := year, int(month)-1
	y += m / 12
	if m %= 12; m < 0 {
		m += 12
		y--
	}
	return Date(daysBeforeYear(y) + daysBeforeMonth[m] + leapShift(y, m) + day - 1)
}

// ParseDate reads YYYY-MM-DD exactly. Refusal: ErrDate.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 1 {
		return 0, ErrDate.With("%q", s)
	}
	return DateOf(t), nil
}

// MustParseDate is ParseDate for constants and tests; it panics.
func MustParseDate(s string) Date {
	d, err := ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// DateOf returns the civil date that t shows in its own zone.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return NewDate(y, m, d)
}

// IsZero says whether the date is unset.
func (d Date) IsZero() bool { return d == 0 }

// Civil returns year, month and day (Neri and Schneider, Euclidean affine
// functions and their application to calendar algorithms, 2022: divisions are
// by constants, and the two that matter are a multiplication and a shift).
func (d Date) Civil() (year int, month time.Month, day int) {
	// Years run from 1 March here, so that the leap day is the last of a year;
	// eras of 400 years are added to keep every int32 above zero.
	const eras = 14700
	n := uint64(int64(d) + 306 + eras*daysPer400Years)
	century, ofCentury := (4*n+3)/daysPer400Years, (4*n+3)%daysPer400Years/4
	scaled := 2939745 * (4*ofCentury + 3)        // 2^32 / 1461 days per 4 years
	ofYear := scaled & (1<<32 - 1) / 2939745 / 4 // days since 1 March
	md := 2141*ofYear + 197913                   // 2^16 / 30.6 days per month
	month, day = time.Month(md>>16), int(md&(1<<16-1)/2141)+1
	year = int(100*century+scaled>>32) - 400*eras
	if month > 12 {
		return year + 1, month - 12, day
	}
	return year, month, day
}

// Year returns the year.
func (d Date) Year() int { y, _, _ := d.Civil(); return y }

// Weekday returns the day of the week.
func (d Date) Weekday() time.Weekday {
	w := (int(d) + 1) % 7 // 0001-01-01 was a Monday
	if w < 0 {
		w += 7
	}
	return time.Weekday(w)
}

// Valid says whether d is a day that can be named: set, and not past year 9999.
func (d Date) Valid() bool { return d > 0 && d <= MaxDate }

// Days returns d moved by n days. Like all arithmetic here it stops one day
// outside the years 1 to 9999, where a date is no longer Valid, and never wraps.
func (d Date) Days(n int) Date {
	const span = int(MaxDate) + 1
	return clamp(d + Date(max(-span, min(n, span))))
}

// clamp keeps a date within one day of the years 1 to 9999.
func clamp(d Date) Date { return max(-1, min(d, MaxDate+1)) }

// Sub returns the days from b to d: positive when d is later.
func (d Date) Sub(b Date) int { return int(d - b) }

// UnixDays returns days since 1970-01-01.
func (d Date) UnixDays() int { return int(d) - daysToUnix }

// String prints YYYY-MM-DD.
func (d Date) String() string {
	y, m, day := d.Civil()
	return fmt.Sprintf("%04d-%02d-%02d", y, m, day)
}

// MarshalText and UnmarshalText make a Date travel as YYYY-MM-DD.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads YYYY-MM-DD. Refusal: ErrDate.
func (d *Date) UnmarshalText(b []byte) error {
	v, err := ParseDate(string(b))
	*d = v
	return err
}

// IsLeap says whether a year has 29 February.
func IsLeap(year int) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

// DaysIn returns the length of a month.
func DaysIn(year int, m time.Month) int {
	if m == time.February && IsLeap(year) {
		return 29
	}
	return int(monthLength[m-1])
}

var (
	daysBeforeMonth = [12]int{0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334}
	monthLength     = [12]int8{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}
)

func daysBeforeYear(year int) int {
	y := year - 1
	return 365*y + floorDiv(y, 4) - floorDiv(y, 100) + floorDiv(y, 400)
}

func leapShift(year, month0 int) int {
	if month0 > 1 && IsLeap(year) {
		return 1
	}
	return 0
}

func floorDiv(a, b int) int {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
