package loan

import (
	"math/bits"

	"openlend/calendar"
	"openlend/money"
)

// AccruedInterest returns the contract interest that has accrued on a schedule
// by the end of a day when every instalment is paid on its due date, counted
// from the start, due or not; zero before it.
//
// Periods that are over count as scheduled. Of the running one counts the
// interest on its balance for the days gone, rounded half even once: by the day
// count, or where all periods are alike (PerPeriod, 30/360, ICMA) by its days
// over all its days. What accrues on a day is the difference to the day before,
// so the days of a period sum exactly to its interest.
// Refusals: ErrSchedule, money.ErrOverflow.
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
	balance int64 // principal that stayed outstanding
}

// earned returns the contract interest accrued from the start by the end of a
// day, due or not, on the plan in force.
func (f *fold) earned(on calendar.Date) (int64, error) {
	sum := f.before
	for i := f.base; i < len(f.lines); i++ {
		if f.lines[i].DueOn > on {
			share, err := f.accruedOn(i, on)
			return sum + share, err
		}
		sum += f.ownInterest(i)
	}
	return sum, nil
}

// ownInterest returns the interest of the line's own period. It is what is due
// with it, unless a grace time defers it to a later line, and less what a
// restructuring has put on the line.
func (f *fold) ownInterest(i int) int64 {
	if i < len(f.own) {
		return f.own[i]
	}
	return f.lines[i].Due[InterestPart] - f.carriedOn(i)
}

// accruedOn returns what of the line's own interest has accrued by the end of a
// day inside its period: the interest on the balance for the days gone, or when
// the plan's interest is not that of its balance (Flat, a residue), its share.
func (f *fold) accruedOn(i int, on calendar.Date) (int64, error) {
	t, from, to := f.terms, f.bearsFrom(i), f.lines[i].DueOn
	balance, accrued := f.balanceBefore(i), int64(0)
	whole, err := f.factorOf(i)
	if a := &f.anchor; err == nil && a.line == i && !a.on.IsZero() {
		whole, err = t.remaining(whole, from, a.on, to)
		from, balance, accrued = max(from, a.on), a.balance, a.accrued
	}
	own := f.ownInterest(i) - accrued
	switch {
	case err != nil || on <= from:
		return accrued, err
	case on >= to:
		return accrued + own, nil
	}
	exact, err := whole.on(balance)
	if err != nil {
		return 0, err
	}
	if exact == own && t.Method != Flat {
		part, err := t.gone(whole, from, on, to)
		if err != nil {
			return 0, err
		}
		exact, err = part.on(balance)
		return accrued + min(exact, own), err
	}
	num, den := t.elapsed(from, on, to)
	share, err := money.MulDiv(own, num, den, money.HalfEven)
	return accrued + share, err
}

// factorOf returns the factor of the line's whole period by the terms.
func (f *fold) factorOf(i int) (factor, error) {
	t := f.terms
	_, odd := t.regularFrom()
	switch {
	case t.Method == Bullet:
		p, err := t.wholeTerm()
		return p.factor, err
	case i-f.base < t.InterestFreePeriods:
		return noInterest, nil
	}
	whole := min(i-f.base+1-odd, 1)
	return factorFor(t.AnnualRate, t.years(f.startOf(i), f.lines[i].DueOn, whole))
}

// balanceBefore returns the planned principal outstanding in the line's period.
func (f *fold) balanceBefore(i int) int64 {
	if i == f.base {
		return f.terms.Principal.Minor()
	}
	return f.lines[i-1].Balance
}

// startOf returns the first day of the line's period, which bears no interest.
func (f *fold) startOf(i int) calendar.Date {
	if i == f.base {
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

// elapsed returns which part of the time between two dates is over on a day
// between them.
func (t *Terms) elapsed(from, on, to calendar.Date) (num, den int64) {
	if !t.alike() {
		part, whole := t.years(from, on, 0), t.years(from, to, 0)
		num, den = part.Num*whole.Den, part.Den*whole.Num
		if 0 <= num && num <= den && den > 0 {
			return num, den
		}
	}
	return int64(on - from), int64(to - from)
}

// gone returns the factor of what is over of a time on a day in it, p being the
// factor of all of it. Refusal: money.ErrOverflow.
func (t *Terms) gone(p factor, from, on, to calendar.Date) (factor, error) {
	if p.num == 0 || t.alike() {
		return p.times(int64(on-from), int64(to-from))
	}
	return factorFor(t.AnnualRate, t.years(from, on, 0))
}

// remaining returns the factor of what is left of it after a day in it.
// Refusal: money.ErrOverflow.
func (t *Terms) remaining(p factor, from, on, to calendar.Date) (factor, error) {
	switch {
	case p.num == 0 || on <= from:
		return p, nil
	case t.alike():
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
