package loan

import (
	"sort"

	"openlend/calendar"
	"openlend/money"
)

// lateness is what being late has cost so far.
type lateness struct {
	acc     []int64 // by line: Σ overdue minor units x days, up to f.day
	nextFee int     // the next line to be looked at for a late fee
	limited bool    // whether there is a cap on fees and penalty together
	room    int64   // what may still be charged under the cap
	stopped bool    // cap reached or charged off: nothing accrues any more
}

// pause is a hardship pause: its days are not days of lateness.
type pause struct{ from, until calendar.Date } // until is the first day after it

// addPause adds a pause whose first day is not before those of the others, and
// joins it with the last one when they touch.
func (f *fold) addPause(p pause) {
	if n := len(f.pauses); n > 0 && p.from <= f.pauses[n-1].until {
		f.pauses[n-1].until = max(f.pauses[n-1].until, p.until)
		return
	}
	f.pauses = append(f.pauses, p)
}

// unpausedDays counts the days after one day up to another, pauses left out.
func (f *fold) unpausedDays(after, to calendar.Date) int {
	days := to.Sub(after)
	for _, p := range f.pauses {
		days -= max(0, min(p.until, to+1).Sub(max(p.from, after+1)))
	}
	return days
}

// unpausedDay returns the n-th day after one, pauses left out, n > 0.
func (f *fold) unpausedDay(after calendar.Date, n int) calendar.Date {
	for _, p := range f.pauses {
		if p.until <= after+1 {
			continue
		}
		if after+calendar.Date(n) < p.from {
			break
		}
		n -= max(0, p.from.Sub(after+1))
		after = p.until - 1
	}
	return after + calendar.Date(n)
}

// nextFeeDate returns the next day on which a late fee may fall, at most so far
// ahead: the first day past the grace days of the next instalment.
func (f *fold) nextFeeDate(limit calendar.Date) calendar.Date {
	l := &f.late
	if f.product.LateFee == 0 || l.stopped || l.nextFee >= len(f.lines) {
		return limit
	}
	due := f.lines[l.nextFee].DueOn
	if due >= limit { // spares the search for a day that is out of sight
		return limit
	}
	return min(limit, f.unpausedDay(due, f.product.GraceDays+1))
}

// chargeLateFees charges the flat fee to each instalment whose grace ended the
// day before f.day with something unpaid. Each instalment is looked at once.
func (f *fold) chargeLateFees() error {
	l := &f.late
	for f.product.LateFee > 0 && !l.stopped && l.nextFee < len(f.lines) {
		line := &f.lines[l.nextFee]
		if line.DueOn >= f.day || f.unpausedDay(line.DueOn, f.product.GraceDays+1) > f.day {
			return nil
		}
		if line.inArrears() {
			if err := f.chargeLate(l.nextFee, LateFeePart, f.product.LateFee); err != nil {
				return err
			}
		}
		l.nextFee++
	}
	return nil
}

// chargeLate charges a late fee or penalty as far as the cap leaves room.
func (f *fold) chargeLate(i int, part Component, minor int64) error {
	l := &f.late
	if l.limited {
		minor = min(minor, l.room)
		l.room -= minor
		l.stopped = l.room == 0
	}
	return f.charge(i, part, minor)
}

// accruePenalty charges the penalty of the days after f.day up to one; what is
// overdue does not change in between.
func (f *fold) accruePenalty(to calendar.Date) error {
	if f.product.Penalty.Rate == 0 || f.late.stopped || to <= f.day {
		return nil
	}
	if !f.late.limited {
		return f.chargePenalty(to)
	}
	total, err := f.penaltyTotal(to)
	if err != nil || total < f.late.room {
		if err == nil {
			err = f.chargePenalty(to)
		}
		return err
	}
	// The cap is reached on the way. The days before that one are charged in
	// full, and what room they leave goes to the oldest instalments first.
	days := sort.Search(to.Sub(f.day), func(n int) bool {
		sum, _ := f.penaltyTotal(f.day.Days(n + 1)) // less than total, which fits
		return sum >= f.late.room
	})
	full := f.day.Days(days)
	if err := f.chargePenalty(full); err != nil {
		return err
	}
	f.day = full
	return f.chargePenalty(full + 1)
}

// chargePenalty charges each overdue line, the oldest first, up to a day.
func (f *fold) chargePenalty(to calendar.Date) error {
	for i := f.first; i < len(f.lines) && f.lines[i].DueOn < to && !f.late.stopped; i++ {
		acc, more, err := f.penalty(i, to)
		if err != nil {
			return err
		}
		f.late.acc[i] = acc
		if more > 0 {
			if err := f.chargeLate(i, PenaltyPart, more); err != nil {
				return err
			}
		}
	}
	return nil
}

// penaltyTotal returns what chargePenalty would charge without a cap.
func (f *fold) penaltyTotal(to calendar.Date) (int64, error) {
	var total int64
	for i := f.first; i < len(f.lines) && f.lines[i].DueOn < to; i++ {
		_, more, err := f.penalty(i, to)
		if err != nil {
			return 0, err
		}
		if total, err = money.AddMinor(total, more); err != nil {
			return 0, err
		}
	}
	return total, nil
}

// penalty returns the sum of overdue amount x days of a line up to a day, and
// the penalty it brings beyond what was charged. The penalty of a line is one
// rounding (half even) of its whole sum, so that accruing day by day or in one
// go comes to the same cent, and penalty never bears penalty.
func (f *fold) penalty(i int, to calendar.Date) (acc, more int64, err error) {
	l, terms := &f.lines[i], &f.product.Penalty
	base := l.open(PrincipalPart)
	if terms.OnInterest {
		base += l.open(InterestPart)
	}
	if base == 0 {
		return f.late.acc[i], 0, nil
	}
	days := f.unpausedDays(max(f.day, l.DueOn), to)
	acc, err = money.MulDiv(base, int64(days), 1, money.Down)
	if err == nil {
		acc, err = money.AddMinor(acc, f.late.acc[i])
	}
	if err != nil {
		return 0, 0, err
	}
	charged, err := money.MulDiv(acc, int64(terms.Rate),
		int64(money.One)*terms.daysInYear(), money.HalfEven)
	return acc, charged - l.Due[PenaltyPart], err
}
