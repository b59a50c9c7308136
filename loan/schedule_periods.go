package loan

import (
	"math"
	"math/bits"

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

// on returns the interest on a balance, rounded half even once: before that the
// quotient is exact. Refusal: money.ErrOverflow.
func (f factor) on(balance int64) (int64, error) {
	return money.MulDiv(balance, f.num, f.den, money.HalfEven)
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

// periods appends the periods of the loan to ps. Refusal: money.ErrOverflow.
func (t Terms) periods(ps []period) ([]period, error) {
	from := t.Start
	origin, odd := t.regularFrom()
	for nr := 1; nr <= t.Instalments; nr++ {
		p := period{origin.Add(t.Every.Times(nr - odd)), noInterest}
		if nr > t.InterestFreePeriods {
			f, err := factorFor(t.AnnualRate, t.years(from, p.dueOn, min(nr-odd, 1)))
			if err != nil {
				return nil, err
			}
			p.factor = f
		}
		ps = append(ps, p)
		from = p.dueOn
	}
	return ps, nil
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
	icma := t.DayCount == calendar.ActualActualICMA
	thirty := t.DayCount == calendar.Thirty360US || t.DayCount == calendar.Thirty360E
	months, inMonths := t.Every.Months()
	switch {
	case inMonths && (t.Interest == PerPeriod || thirty || icma):
		if months *= regular; regular == 0 {
			months = wholeMonths(from, to)
		}
		if months > 0 {
			return calendar.Fraction{Num: int64(months), Den: 12}
		}
		if icma {
			return calendar.ICMA(from, to, calendar.Series{Origin: to, Every: t.Every})
		}
	case t.Every.Unit == calendar.Week && t.Interest == PerPeriod && to.Sub(from)%7 == 0:
		return calendar.Fraction{Num: int64(to.Sub(from) / 7), Den: 52}
	case thirty && !inMonths:
		return calendar.Actual360.Fraction(from, to)
	}
	return t.DayCount.Fraction(from, to)
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
