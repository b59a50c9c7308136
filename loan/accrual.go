package loan

import (
	"math/bits"

	"openlend/calendar"
	"openlend/money"
)

// AccruedInterest returns the contract interest that has accrued on a schedule
// by the end of a day when every instalment is paid on its due date: the
// interest of the periods that are over as scheduled, and of the running one
// its share by days. It counts from the start, due or not; zero before it.
//
// The share is cumulative and rounded once (half even), so the accruals of the
// days of a period, each the difference to the day before, sum exactly to the
// interest of the period. Refusals: ErrSchedule, money.ErrOverflow.
func (s Schedule) AccruedInterest(on calendar.Date) (int64, error) {
	f := fold{terms: &s.Terms}
	f.account.Principal = s.Terms.Principal.Minor()
	if err := f.loadPlan(&s); err != nil {
		return 0, err
	}
	return f.earned(max(on, s.Terms.Start))
}

// anchor marks the day of a prepayment inside a period: what had accrued on the
// line by then stays, and the rest of its interest accrues over the rest of
// its days.
type anchor struct {
	on      calendar.Date
	line    int
	accrued int64 // of the interest of the line's own period
}

// earned returns the contract interest accrued from the start by the end of a
// day, due or not, on the plan in force.
func (f *fold) earned(on calendar.Date) (int64, error) {
	var sum int64
	for i := range f.lines {
		if f.lines[i].DueOn > on {
			share, err := f.accruedOn(i, on)
			return sum + share, err
		}
		sum += f.ownInterest(i)
	}
	return sum, nil
}

// ownInterest returns the interest of the line's own period. It is what is due
// with it, unless a grace time defers it to a later line.
func (f *fold) ownInterest(i int) int64 {
	if i < len(f.own) {
		return f.own[i]
	}
	return f.lines[i].Due[InterestPart]
}

// accruedOn returns what of the line's own interest has accrued by the end of a
// day inside its period.
func (f *fold) accruedOn(i int, on calendar.Date) (int64, error) {
	start, accrued := f.bearsFrom(i), int64(0)
	if f.anchor.line == i && f.anchor.on > start {
		start, accrued = f.anchor.on, f.anchor.accrued
	}
	num, den := f.terms.elapsed(start, on, f.lines[i].DueOn)
	share, err := money.MulDiv(f.ownInterest(i)-accrued, num, den, money.HalfEven)
	return accrued + share, err
}

// startOf returns the first day of the line's period, which bears no interest.
func (f *fold) startOf(i int) calendar.Date {
	if i == 0 {
		return f.terms.Start
	}
	return f.lines[i-1].DueOn
}

// bearsFrom is startOf, but for a Bullet loan whose one line begins with
// interest-free periods it is the end of those.
func (f *fold) bearsFrom(i int) calendar.Date {
	if f.terms.Method == Bullet && f.terms.InterestFreePeriods > 0 {
		return f.terms.dueOn(f.terms.InterestFreePeriods)
	}
	return f.startOf(i)
}

// byDays says whether a part of a period is priced by its actual days over
// those of the period: when the day count gives the period a fixed price. Else
// the day count measures the part as it measures the whole.
func (t *Terms) byDays() bool {
	return t.Interest == PerPeriod || t.DayCount == calendar.ActualActualICMA
}

// elapsed returns which part of the time from one date to another is over at
// the end of a day: 0/1 before it, den/den after it.
func (t *Terms) elapsed(from, on, to calendar.Date) (num, den int64) {
	if on <= from {
		return 0, 1
	}
	if on >= to {
		return 1, 1
	}
	if !t.byDays() {
		part, whole := t.years(from, on, 0), t.years(from, to, 0)
		num, den = part.Num*whole.Den, part.Den*whole.Num
		if 0 <= num && num <= den && den > 0 {
			return num, den
		}
	}
	return int64(on - from), int64(to - from)
}

// remaining returns the factor of what is left of a period after a day in it.
// Refusal: money.ErrOverflow.
func (t *Terms) remaining(p factor, from, on, to calendar.Date) (factor, error) {
	switch {
	case p.num == 0 || on <= from:
		return p, nil
	case t.byDays():
		return p.times(int64(to-on), int64(to-from))
	}
	return factorFor(t.AnnualRate, t.years(on, to, 0))
}

// times returns the factor multiplied by a fraction. Refusal: money.ErrOverflow.
func (f factor) times(num, den int64) (factor, error) {
	g, h := gcd(f.num, den), gcd(num, f.den)
	numHi, numLo := bits.Mul64(uint64(f.num/g), uint64(num/h))
	denHi, denLo := bits.Mul64(uint64(f.den/h), uint64(den/g))
	sum, carry := bits.Add64(numLo, denLo, 0)
	if numHi|denHi|carry != 0 || sum>>63 != 0 {
		return factor{}, money.ErrOverflow
	}
	return factor{int64(numLo), int64(denLo)}, nil
}

// deferInterest fills in f.own for terms with a grace time on interest: what
// each of the first periods earns, though it is due with the line after them.
func (f *fold) deferInterest() error {
	t := f.terms
	if t.GraceInterest == 0 || t.Method == Bullet {
		return nil
	}
	ps, err := t.periods(make([]period, 0, t.Instalments))
	if err != nil {
		return err
	}
	if len(ps) != len(f.lines) || t.GraceInterest >= len(f.lines) {
		return ErrSchedule
	}
	f.own = make([]int64, t.GraceInterest+1)
	deferred := f.lines[t.GraceInterest].Due[InterestPart]
	return f.spreadDeferred(0, f.account.Principal, deferred, ps)
}

// spreadDeferred gives the lines from one up to the one in which deferred
// interest falls due their own interest: on the balance each of them bears, or
// evenly for Flat. The last takes the rest. ps are the periods from the first.
func (f *fold) spreadDeferred(from int, balance, deferred int64, ps []period) error {
	last := len(f.own) - 1
	for i := from; i < last; i++ {
		p := ps[i-from]
		own, err := p.factor.on(balance)
		if f.terms.Method == Flat && p.factor.num > 0 {
			own, err = money.MulDiv(deferred, 1, int64(last-i+1), money.HalfEven)
		}
		if err != nil {
			return err
		}
		f.own[i] = min(own, deferred)
		deferred -= f.own[i]
		balance = f.lines[i].Balance
	}
	f.own[last] = deferred
	return nil
}
