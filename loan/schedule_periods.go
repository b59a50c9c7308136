package loan

import (
	"math"
	"math/bits"
	"slices"

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
// for the innermost loop of all: half the divisor is added before the division,
// for which way a rest goes is chance, and no branch foresees it.
// Refusal: money.ErrOverflow.
func (f factor) on(balance int64) (int64, error) {
	den := uint64(f.den)
	hi, lo := bits.Mul64(uint64(balance), uint64(f.num))
	lo, carry := bits.Add64(lo, den/2, 0)
	hi += carry
	if hi<<1|lo>>63 >= den { // the quotient would not fit 63 bits
		return 0, money.ErrOverflow
	}
	q, rem := bits.Div64(hi, lo, den)
	if rem == 0 && den%2 == 0 { // it was a tie, and went up
		q &^= 1
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
func (t *Terms) regularFrom() (origin calendar.Date, odd int) {
	if t.FirstDue.IsZero() || t.FirstDue == t.Start.Add(t.Every) {
		return t.Start, 0
	}
	return t.FirstDue, 1
}

// dueOn returns the end of the nr-th period (from 1), and the start for 0.
func (t *Terms) dueOn(nr int) calendar.Date {
	origin, odd := t.regularFrom()
	if nr < odd {
		return t.Start
	}
	return origin.Add(t.Every.Times(nr - odd))
}

// periods lists the periods of the loan in the room that ps has, or in more, each
// measured by years. Refusal: money.ErrOverflow.
func (t *Terms) periods(ps []period) ([]period, error) {
	ps = slices.Grow(ps[:0], t.Instalments)[:t.Instalments]
	t.fillDueDates(ps)
	return ps, t.measure(ps)
}

// measure gives the periods, whose due dates are known, their factors. For speed,
// periods that are alike are measured once, and the loan variant of actual/actual
// walks through the calendar years. Refusal: money.ErrOverflow.
func (t *Terms) measure(ps []period) error {
	free, from := t.InterestFreePeriods, t.Start
	for i := range free {
		ps[i].factor, from = noInterest, ps[i].dueOn
	}
	alike := t.alike()
	if t.DayCount == calendar.ActualActual && !alike {
		return t.measureByYear(ps[free:], from)
	}
	origin, odd := t.regularFrom()
	var regular factor
	var err error
	if alike {
		regular, err = factorFor(t.AnnualRate, t.years(origin, origin.Add(t.Every), 1))
	}
	for i := free; i < len(ps) && err == nil; i++ {
		p := &ps[i]
		if alike && i >= odd {
			p.factor = regular
		} else {
			p.factor, err = factorFor(t.AnnualRate, t.years(from, p.dueOn, min(i+1-odd, 1)))
		}
		from = p.dueOn
	}
	return err
}

// measureByYear is measure for the loan variant of actual/actual: only a period
// that reaches the end of a year needs to know the next one.
func (t *Terms) measureByYear(ps []period, from calendar.Date) error {
	year := yearAfter(from)
	for i := range ps {
		p := &ps[i]
		time := year.part(from, p.dueOn)
		if p.dueOn >= year.end {
			time, year = year.across(from, p.dueOn)
		}
		var err error
		if p.factor, err = factorFor(t.AnnualRate, time); err != nil {
			return err
		}
		from = p.dueOn
	}
	return nil
}

// wholeTerm returns the loan as one period: it ends with the last one and bears
// the interest of all that bear any. Refusal: money.ErrOverflow.
func (t *Terms) wholeTerm() (period, error) {
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
