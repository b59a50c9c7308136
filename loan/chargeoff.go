package loan

// chargeOff gives a loan up: all of it falls due on the day, accrual stops, and
// what money on hold does not pay is written off. It is still owed: recoveries
// are allocated by the same waterfall. A loan that owes nothing on the day is
// left as it is.
func (f *fold) chargeOff(e *Event) error {
	a := &f.account
	if !a.ChargedOffOn.IsZero() || f.owesNothing() {
		return nil
	}
	if f.running < len(f.lines) {
		accrued, err := f.openAccrued()
		if err != nil {
			return err
		}
		if err := f.fallDue(accrued); err != nil {
			return err
		}
		f.lines[f.running].DueOn = f.day
		f.keepVersion(e.ID)
	}
	f.distribute(f.day)
	for i := range f.lines {
		l := &f.lines[i]
		l.WrittenOff = l.Open()
		for part, minor := range l.WrittenOff {
			a.WrittenOff[part] += minor
		}
	}
	a.Outstanding = 0
	a.ChargedOffOn = f.day
	f.late.stopped = true
	return nil
}

func (f *fold) owesNothing() bool {
	for i := f.first; i < len(f.lines); i++ {
		if !f.lines[i].Settled() {
			return false
		}
	}
	return true
}
