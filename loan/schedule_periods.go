package loan

import (
	"math"
	"math/bits"
	"time"

	"openlend/calendar"
	"openlend/money"
)

// period is one period of a schedule that is being made.
type period struct {
	dueOn  calendar.Date
	factor factor
}

// factor is the exact interest on one minor unit for one period, num/den. Num
// is not below zero, den above it, and num+den still an int64.
type factor struct{ num, den int64 }

var noInterest = factor{0, 1}

// on returns the interest on a balance >= 0, rounded half even once: before that
// the quotient is exact. It is money.MulDiv with signs and roundings left out,
// for the innermost loop of all. Refusal: money.ErrOverflow.
func (f factor) on(balance int64) (int64, error) {
	den := uint64(f.den)
	hi, lo := bits.Mul64(uint64(balance), uint64(f.num))
	if hi >= den {
		return 0, money.ErrOverflow
	}
	q, rem := bits.Div64(hi, lo, den)
	if q >= math.MaxInt64 {
		return 0, money.ErrOverflow
	}
	if rest := den - rem; rem > rest || rem == rest && q&1 == 1 {
		q++
	}
	return int64(q), nil
}

// factorFor returns rate times time, which is not reduced.
// Refusal: money.ErrOverflow.
func factorFor(rate money.Rate, time calendar.Fraction) (factor, error) {
	numHi, num := bits.Mul64(uint64(rate), uint64(time.Num))
	denHi, den := bits.Mul64(uint64(money.One), uint64(time.Den))
	sum, carry := bits.Add64(num, den, 0)
	if numHi|denHi|carry != 0 || sum > math.MaxInt64 {
		return factor{}, money.ErrOverflow
	}
	return factor{int64(num), int64(den)}, nil
}

// regularFrom returns the date from which the regular periods are counted, and
// how many odd periods (0 or 1) lie before it.
func (t Terms) regularFrom() (origin calendar.Date, odd int) {
	if t.FirstDue.IsZero() || t.FirstDue == t.Start.Add(t.Every) {
		return t.Start, 0
	}
	return t.FirstDue, 1
}

// dueOn returns the end of the nr-th period (from 1), and the start for 0.
func (t Terms) dueOn(nr int) calendar.Date {
	origin, odd := t.regularFrom()
	if nr < odd {
		return t.Start
	}
	return origin.Add(t.Every.Times(nr - odd))
}

// periods appends the periods of the loan to ps. It is the years rule unrolled
// for speed: periods that are alike are measured once, and a period within one
// calendar year is not looked up in the calendar. Refusal: money.ErrOverflow.
func (t Terms) periods(ps []period) ([]period, error) {
	origin, odd := t.regularFrom()
	due := dueDatesAfter(origin, t.Every)
	alike, byYear := t.alike(), t.DayCount == calendar.ActualActual
	regular, err := factorFor(t.AnnualRate, t.years(origin, origin.Add(t.Every), 1))
	if err != nil {
		return nil, err
	}
	from, year := t.Start, yearAfter(t.Start)
	for nr := 1; nr <= t.Instalments; nr++ {
		p := period{origin, noInterest}
		if nr > odd {
			p.dueOn = due.next()
		}
		switch {
		case nr <= t.InterestFreePeriods:
		case alike && nr > odd:
			p.factor = regular
		case byYear && p.dueOn <= year.end && !alike:
			p.factor, err = factorFor(t.AnnualRate, year.part(from, p.dueOn))
		default:
			p.factor, err = factorFor(t.AnnualRate, t.years(from, p.dueOn, min(nr-odd, 1)))
		}
		if err != nil {
			return nil, err
		}
		for p.dueOn >= year.end {
			year = year.next()
		}
		ps = append(ps, p)
		from = p.dueOn
	}
	return ps, nil
}

// dueDates counts dates from an origin as calendar.Date.Add does, each from the
// one before it: nothing is taken apart but the origin.
type dueDates struct {
	every calendar.Period
	date  calendar.Date // of periods in days and weeks: the last one given

	// Of periods in months and years: the first day of the month of the last
	// one, that month, and the day of the month where it has one.
	first       calendar.Date
	year        int
	month       time.Month
	day, months int
}

func dueDatesAfter(origin calendar.Date, every calendar.Period) dueDates {
	year, month, day := origin.Civil()
	months, _ := every.Months()
	return dueDates{every, origin, origin.Days(1 - day), year, month, day, months}
}

// next returns the date after the last one given, first that after the origin.
func (d *dueDates) next() calendar.Date {
	if d.months == 0 {
		d.date = d.date.Add(d.every)
		return d.date
	}
	length := calendar.DaysIn(d.year, d.month)
	for range d.months {
		d.first += calendar.Date(length)
		if d.month++; d.month > time.December {
			d.year, d.month = d.year+1, time.January
		}
		length = calendar.DaysIn(d.year, d.month)
	}
	return d.first + calendar.Date(min(d.day, length)-1)
}

// civilYear is a calendar year: its 31 December and its length.
type civilYear struct {
	year int
	end  calendar.Date
	days int
}

// yearAfter returns the year of the day after d: the loan variant of
// actual/actual leaves out the first day of a period.
func yearAfter(d calendar.Date) civilYear {
	y := d.Days(1).Year()
	return civilYear{y - 1, calendar.NewDate(y-1, time.December, 31), 0}.next()
}

func (y civilYear) next() civilYear {
	days := 365
	if calendar.IsLeap(y.year + 1) {
		days = 366
	}
	return civilYear{y.year + 1, y.end + calendar.Date(days), days}
}

// part measures the days after from until to, all in this year.
func (y civilYear) part(from, to calendar.Date) calendar.Fraction {
	return calendar.Fraction{Num: int64(to.Sub(from)), Den: int64(y.days)}
}

// wholeTerm returns the loan as one period: it ends with the last one and bears
// the interest of all that bear any. Refusal: money.ErrOverflow.
func (t Terms) wholeTerm() (period, error) {
	_, odd := t.regularFrom()
	after := max(odd, t.InterestFreePeriods)
	end := t.dueOn(t.Instalments)
	time := t.years(t.dueOn(after), end, t.Instalments-after)
	if after > t.InterestFreePeriods { // the odd first period bears interest too
		time = plus(time, t.years(t.Start, t.FirstDue, 0))
	}
	f, err := factorFor(t.AnnualRate, time)
	return period{end, f}, err
}

// years measures so many whole regular periods, or with 0 an odd one, as a part
// of a year:
//   - periods in months and years are so many twelfths when Interest is
//     PerPeriod, and also when the day count is 30/360 or ICMA, for which all
//     months are alike; an odd one too when it is a whole number of months;
//   - periods in weeks are so many fifty-seconds when Interest is PerPeriod;
//   - all others go by the day count, but 30/360, which has no meaning for
//     periods in days and weeks, counts actual days over 360 there.
func (t Terms) years(from, to calendar.Date, regular int) calendar.Fraction {
	months, inMonths := t.Every.Months()
	switch {
	case inMonths && t.alike():
		if months *= regular; regular == 0 {
			months = wholeMonths(from, to)
		}
		if months > 0 {
			return calendar.Fraction{Num: int64(months), Den: 12}
		}
		if t.DayCount == calendar.ActualActualICMA {
			return calendar.ICMA(from, to, calendar.Series{Origin: to, Every: t.Every})
		}
	case !inMonths && t.alike() && to.Sub(from)%7 == 0:
		return calendar.Fraction{Num: int64(to.Sub(from) / 7), Den: 52}
	case t.thirty() && !inMonths:
		return calendar.Actual360.Fraction(from, to)
	}
	return t.DayCount.Fraction(from, to)
}

// alike says whether all regular periods are the same part of a year.
func (t Terms) alike() bool {
	switch t.Every.Unit {
	case calendar.Day:
		return false
	case calendar.Week:
		return t.Interest == PerPeriod
	}
	return t.Interest == PerPeriod || t.thirty() || t.DayCount == calendar.ActualActualICMA
}

func (t Terms) thirty() bool {
	return t.DayCount == calendar.Thirty360US || t.DayCount == calendar.Thirty360E
}

// wholeMonths returns how many months lie between two dates, or 0 when days are
// left over.
func wholeMonths(from, to calendar.Date) int {
	y1, m1, _ := from.Civil()
	y2, m2, _ := to.Civil()
	if n := 12*(y2-y1) + int(m2-m1); from.AddMonths(n) == to {
		return n
	}
	return 0
}

// plus adds two parts of a year exactly.
func plus(a, b calendar.Fraction) calendar.Fraction {
	g := gcd(a.Den, b.Den)
	return calendar.Fraction{Num: a.Num*(b.Den/g) + b.Num*(a.Den/g), Den: a.Den / g * b.Den}
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
