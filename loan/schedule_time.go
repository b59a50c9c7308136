package loan

import (
	"time"

	"openlend/calendar"
)

// years measures so many whole regular periods, or with 0 an odd one, as a part
// of a year:
//   - periods in months and years are so many twelfths when Interest is
//     PerPeriod, and also when the day count is 30/360 or ICMA, for which all
//     months are alike; an odd one too when it is a whole number of months;
//   - periods in weeks are so many fifty-seconds when Interest is PerPeriod;
//   - all others go by the day count, but 30/360, which has no meaning for
//     periods in days and weeks, counts actual days over 360 there.
func (t *Terms) years(from, to calendar.Date, regular int) calendar.Fraction {
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
			return lowest(calendar.ICMA(from, to, calendar.Series{Origin: to, Every: t.Every}))
		}
	case !inMonths && t.alike() && to.Sub(from)%7 == 0:
		return calendar.Fraction{Num: int64(to.Sub(from) / 7), Den: 52}
	case t.thirty() && !inMonths:
		return calendar.Actual360.Fraction(from, to)
	}
	return t.DayCount.Fraction(from, to)
}

// alike says whether all regular periods are the same part of a year.
func (t *Terms) alike() bool {
	switch t.Every.Unit {
	case calendar.Day:
		return false
	case calendar.Week:
		return t.Interest == PerPeriod
	}
	return t.Interest == PerPeriod || t.thirty() || t.DayCount == calendar.ActualActualICMA
}

func (t *Terms) thirty() bool {
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

// plus adds two parts of a year exactly, in lowest terms.
func plus(a, b calendar.Fraction) calendar.Fraction {
	a, b = lowest(a), lowest(b)
	g := gcd(a.Den, b.Den)
	return lowest(calendar.Fraction{
		Num: a.Num*(b.Den/g) + b.Num*(a.Den/g),
		Den: a.Den / g * b.Den,
	})
}

func lowest(f calendar.Fraction) calendar.Fraction {
	g := gcd(f.Den, f.Num)
	return calendar.Fraction{Num: f.Num / g, Den: f.Den / g}
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// fillDueDates gives the periods their ends. They are counted from the origin as
// calendar.Date.Add does, but each from the one before it: nothing is taken
// apart but the origin.
func (t *Terms) fillDueDates(ps []period) {
	origin, odd := t.regularFrom()
	if odd > 0 {
		ps[0].dueOn = origin
		ps = ps[1:]
	}
	months, inMonths := t.Every.Months()
	if !inMonths {
		for i := range ps {
			origin = origin.Add(t.Every)
			ps[i].dueOn = origin
		}
		return
	}
	year, month, day := origin.Civil()
	first, length := origin.Days(1-day), calendar.DaysIn(year, month) // of the month
	for i := range ps {
		for range months {
			first += calendar.Date(length)
			if month++; month > time.December {
				year, month = year+1, time.January
			}
			length = calendar.DaysIn(year, month)
		}
		ps[i].dueOn = first + calendar.Date(min(day, length)-1)
	}
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

// across measures the days after from, the first of which lies in this year,
// until to, each by the length of its own year as calendar.ActualActual does. It
// also returns the year of the day after to.
func (y civilYear) across(from, to calendar.Date) (calendar.Fraction, civilYear) {
	in365, in366 := int64(0), int64(0)
	for {
		days := int64(min(to, y.end).Sub(from))
		if y.days == 366 {
			in366 += days
		} else {
			in365 += days
		}
		if to < y.end {
			break
		}
		from, y = y.end, y.next()
	}
	switch {
	case in366 == 0:
		return calendar.Fraction{Num: in365, Den: 365}, y
	case in365 == 0:
		return calendar.Fraction{Num: in366, Den: 366}, y
	}
	return calendar.Fraction{Num: in365*366 + in366*365, Den: 365 * 366}, y
}
