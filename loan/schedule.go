package loan

import (
	"openlend/money"
)

// stackPeriods is how many periods are kept on the stack while a schedule is
// made: up to it the instalments are the only allocation.
const stackPeriods = 64

// NewSchedule lays out the instalments that the terms ask for. The last one
// clears what rounding has left over.
//
// Interest of a period is balance x rate x time, rounded half even to the minor
// unit; the balance is the one after the rounded instalments before. No
// instalment repays less than nothing: one that is smaller than its interest
// (a long first period, a coarse multiple) asks for the interest in full.
//
// Refusals name the field: ErrPrincipal, ErrRate, ErrMethod, ErrInterestPer,
// calendar.ErrDayCount, calendar.ErrPeriod, ErrStart, ErrInstalments,
// ErrTooLong, ErrFirstDue, ErrGrace, ErrMultiple; and money.ErrOverflow when
// principal and interest together leave the range of an amount.
func NewSchedule(t Terms) (Schedule, error) {
	if err := t.validate(); err != nil {
		return Schedule{}, err
	}
	var stack [stackPeriods]period
	ps, err := t.periodsToPay(stack[:0])
	if err != nil {
		return Schedule{}, err
	}
	rows := make([]Instalment, len(ps))
	if err := t.layOut(rows, ps); err != nil {
		return Schedule{}, err
	}
	sum := t.Principal.Minor()
	for i := range rows { // no part is below zero: a sum that leaves the range turns so
		if sum += rows[i].Interest; sum < 0 {
			return Schedule{}, money.ErrOverflow
		}
	}
	return Schedule{t, rows}, nil
}

// periodsToPay appends the periods at whose end something is paid: all of them,
// or for a Bullet loan the whole term as one.
func (t *Terms) periodsToPay(ps []period) ([]period, error) {
	if t.Method != Bullet {
		return t.periods(ps)
	}
	p, err := t.wholeTerm()
	return append(ps, p), err
}

// layOut fills in the rows by the method.
func (t *Terms) layOut(rows []Instalment, ps []period) error {
	switch t.Method {
	case EqualInstalments:
		return t.layEqualInstalments(rows, ps)
	case EqualPrincipal:
		share, err := t.share()
		if err != nil {
			return err
		}
		return t.layOnBalance(rows, ps, share)
	case Flat:
		return t.layFlat(rows, ps)
	}
	return t.layOnBalance(rows, ps, 0) // InterestOnly, Bullet
}
