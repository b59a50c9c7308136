package calendar

// DayCount names how the time between two dates is measured.
type DayCount string

// The day counts. All count the first day and leave out the last, except the
// loan variant ActualActual, which leaves out the first and counts the last.
const (
	Thirty360US      DayCount = "30/360"  // US (NASD)
	Thirty360E       DayCount = "30E/360" // European
	Actual360        DayCount = "actual/360"
	Actual365F       DayCount = "actual/365" // fixed 365
	ActualActualISDA DayCount = "actual/actual-isda"
	ActualActualICMA DayCount = "actual/actual-icma"
	ActualActual     DayCount = "actual/actual"
)

// ParseDayCount reads the name of a day count. Refusal: ErrDayCount.
func ParseDayCount(s string) (DayCount, error) {
	switch dc := DayCount(s); dc {
	case Thirty360US, Thirty360E, Actual360, Actual365F,
		ActualActualISDA, ActualActualICMA, ActualActual:
		return dc, nil
	}
	return "", ErrDayCount.With("%q", s)
}

// Fraction is an exact part of a year, Num/Den with Den > 0, not reduced.
// |Num| stays below 2^31 and Den below 2^21 for all dates within a century, so
// that minor units (2^53) times a rate (2^30) times Num fits 128 bits.
type Fraction struct{ Num, Den int64 }

// Fraction returns the time from one date to another as a part of a year; to
// before from gives the same negated. Measured without coupons, the ICMA day
// count has one coupon a year from the earlier date; see ICMA. An unknown day
// count gives 0/1: parse it first.
func (dc DayCount) Fraction(from, to Date) Fraction {
	if to < from {
		f := dc.Fraction(to, from)
		return Fraction{-f.Num, f.Den}
	}
	switch dc {
	case Actual360:
		return Fraction{int64(to - from), 360}
	case Actual365F:
		return Fraction{int64(to - from), 365}
	case ActualActual:
		return actualActual(from+1, to+1)
	case ActualActualISDA:
		return actualActual(from, to)
	case Thirty360US:
		return Fraction{int64(thirty360US(from, to)), 360}
	case Thirty360E:
		return Fraction{int64(thirty360E(from, to)), 360}
	case ActualActualICMA:
		return ICMA(from, to, Series{Origin: from, Every: Period{1, Year}})
	}
	return Fraction{0, 1}
}

// actualActual counts every day from the first to the one before to by the
// length of its own year (ISDA 2006 definitions, 4.16(b)).
func actualActual(from, to Date) Fraction {
	in366 := int64(leapDays(to) - leapDays(from))
	in365 := int64(to-from) - in366
	switch {
	case in366 == 0:
		return Fraction{in365, 365}
	case in365 == 0:
		return Fraction{in366, 366}
	}
	return Fraction{in365*366 + in366*365, 365 * 366}
}

// leapDays counts the days before d that lie in leap years.
func leapDays(d Date) int {
	y := d.Year()
	before := y - 1
	n := 366 * (floorDiv(before, 4) - floorDiv(before, 100) + floorDiv(before, 400))
	if IsLeap(y) {
		n += int(d) - daysBeforeYear(y)
	}
	return n
}

// thirty360US counts days in months of 30 by the NASD rule: a start on the 31st
// or the last of February counts as the 30th; an end on the 31st counts as the
// 30th only after such a start or one on the 30th, and an end on the last of
// February counts as the 30th only after a start on the last of February.
func thirty360US(from, to Date) int {
	y1, m1, d1 := from.Civil()
	y2, m2, d2 := to.Civil()
	if m1 == 2 && d1 == DaysIn(y1, m1) {
		if m2 == 2 && d2 == DaysIn(y2, m2) {
			d2 = 30
		}
		d1 = 30
	}
	d1 = min(d1, 30)
	if d1 == 30 {
		d2 = min(d2, 30)
	}
	return 360*(y2-y1) + 30*int(m2-m1) + d2 - d1
}

// thirty360E counts days in months of 30 by the European rule: the 31st counts
// as the 30th, and February is left as it is (ISDA 2006 definitions, 4.16(g)).
func thirty360E(from, to Date) int {
	y1, m1, d1 := from.Civil()
	y2, m2, d2 := to.Civil()
	return 360*(y2-y1) + 30*int(m2-m1) + min(d2, 30) - min(d1, 30)
}
