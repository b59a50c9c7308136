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

// periods appends the periods of the loan to ps, each measured by years. For
// speed, periods that are alike are measured once, and one that lies within a
// calendar year is measured without the calendar. Refusal: money.ErrOverflow.
func (t Terms) periods(ps []period) ([]period, error) {
	origin, odd := t.regularFrom()
	due := dueDatesAfter(origin, t.Every)
	alike, byYear := t.alike(), t.DayCount == calendar.ActualActual
	var regular factor
	var err error
	if alike {
		regular, err = factorFor(t.AnnualRate, t.years(origin, origin.Add(t.Every), 1))
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
		for byYear && p.dueOn >= year.end {
			year = year.next()
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
