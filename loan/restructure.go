package loan

import (
	"openlend/calendar"
	"openlend/money"
)

// NewTerms are what a restructuring agrees for the principal that is outstanding
// at the end of its day. What they do not name stays as it was: the day count,
// how a period is measured, the multiple of instalments.
type NewTerms struct {
	AnnualRate     money.Rate
	Method         Method
	Every          calendar.Period
	Instalments    int
	FirstDue       calendar.Date // zero: one period after the day
	GracePrincipal int
	Arrears        Arrears
}

// Arrears is what a restructuring does with interest that was earned and not
// paid. It never becomes principal: lenders' shares would have to grow, and
// interest on interest is forbidden in many places. Fees, penalty and costs
// stay owed on their instalments; who forgives them waives them.
type Arrears string

// The treatments of arrears.
const (
	// ArrearsKept leaves interest on the instalments it was due with, as late as
	// it is; what the running period has earned falls due on the day.
	ArrearsKept Arrears = "kept"
	// ArrearsSpread puts it in equal parts on the new instalments, where it
	// bears no interest. Nothing is late then.
	ArrearsSpread Arrears = "spread"
)

// on returns the whole terms of what is outstanding on a day, t being those
// before.
func (n *NewTerms) on(t *Terms, day calendar.Date, outstanding money.Amount) Terms {
	return Terms{
		Principal: outstanding, AnnualRate: n.AnnualRate, Method: n.Method,
		DayCount: t.DayCount, Interest: t.Interest, Start: day,
		Every: n.Every, Instalments: n.Instalments, FirstDue: n.FirstDue,
		GracePrincipal: n.GracePrincipal, InstalmentMultiple: t.InstalmentMultiple,
	}
}

// validate refuses terms that make no plan. Refusals: those of Terms, ErrArrears.
func (n *NewTerms) validate(t *Terms, day calendar.Date) error {
	if n.Arrears != ArrearsKept && n.Arrears != ArrearsSpread {
		return ErrArrears.In("arrears").With("%q", n.Arrears)
	}
	terms := n.on(t, day, t.Principal)
	return terms.validate()
}

// restructure plans what is outstanding anew by new terms. The old plan ends on
// the day: its instalments keep what was paid on them, its open principal moves
// to the new ones. It is agreed for what is outstanding, whatever that turns out
// to be: when an old payment bounces, the new plan is larger by the same rules.
// A loan without outstanding principal is left as it is. A default that was
// declared before is cured. Due dates rise over both plans, but for a plan that
// ends on the day it began.
func (f *fold) restructure(e *Event) error {
	if f.account.Outstanding == 0 {
		return nil
	}
	terms := e.Terms.on(f.terms, f.day, money.New(f.account.Outstanding, f.account.Currency))
	s, err := NewSchedule(terms)
	if err != nil {
		return err
	}
	earned, err := f.endPlan()
	if err != nil {
		return err
	}
	arrears := int64(0)
	if e.Terms.Arrears == ArrearsSpread {
		arrears = f.liftInterest()
	}
	if err := f.beginPlan(&s, earned, arrears); err != nil {
		return err
	}
	f.declared, f.account.RestructuredOn = false, f.day
	f.settle()
	f.keepVersion(e.ID)
	f.distribute(f.day)
	return nil
}

// endPlan cuts the plan in force on f.day and takes its open principal away. It
// returns the interest earned by then.
func (f *fold) endPlan() (earned int64, err error) {
	if earned, err = f.earned(f.day); err != nil {
		return 0, err
	}
	if f.running < len(f.lines) {
		accrued, err := f.openAccrued()
		if err != nil {
			return 0, err
		}
		if err := f.fallDue(accrued); err != nil {
			return 0, err
		}
		f.lines[f.running].DueOn = f.day
	}
	balance := f.account.Principal
	for i := range f.lines {
		l := &f.lines[i]
		l.Due[PrincipalPart] -= l.open(PrincipalPart)
		balance -= l.Due[PrincipalPart]
		l.Balance = balance
	}
	return earned, nil
}

// liftInterest takes the open interest off all lines and returns it.
func (f *fold) liftInterest() int64 {
	var sum int64
	for i := range f.lines {
		l := &f.lines[i]
		open := l.open(InterestPart)
		l.Due[InterestPart] -= open
		sum += open
	}
	return sum
}

// beginPlan appends the lines of a new plan, with arrears of interest in equal
// parts on them, by largest remainder, the first ones first.
func (f *fold) beginPlan(s *Schedule, earned, arrears int64) error {
	n := len(s.Instalments)
	weights := make([]int64, n)
	for i := range weights {
		weights[i] = 1
	}
	parts, err := money.SplitMinor(arrears, weights)
	if err != nil {
		return err
	}
	owed, err := money.AddMinor(f.owed, s.TotalInterest())
	if err != nil {
		return err
	}
	f.owed = owed
	f.terms, f.base, f.running = &s.Terms, len(f.lines), len(f.lines)
	f.before, f.carried, f.own, f.anchor = earned, parts, nil, anchor{}
	f.regular = regularInstalment(s.Terms.Method, s.Instalments)
	f.late.acc = append(f.late.acc[:f.base:f.base], make([]int64, n)...)
	for i := range s.Instalments {
		in := &s.Instalments[i]
		l := Line{Nr: f.base + i + 1, DueOn: in.DueOn, Balance: in.Balance}
		l.Due[PrincipalPart] = in.Principal
		l.Due[InterestPart] = in.Interest + parts[i]
		f.lines = append(f.lines, l)
	}
	return nil
}

// carriedOn returns what of the line's interest was earned before the plan.
func (f *fold) carriedOn(i int) int64 {
	if at := i - f.base; 0 <= at && at < len(f.carried) {
		return f.carried[at]
	}
	return 0
}

// carryTo moves carried interest from the lines after one to that one, the
// nearest first: it is paid before it is due.
func (f *fold) carryTo(line int, minor int64) {
	for i := line + 1; i < len(f.lines) && minor > 0; i++ {
		piece := min(minor, f.carriedOn(i))
		if piece == 0 {
			continue
		}
		minor -= piece
		f.lines[i].Due[InterestPart] -= piece
		f.carried[i-f.base] -= piece
		f.carried[line-f.base] += piece
	}
}

// carryAllTo books that all carried interest not due yet falls due with a line,
// which is the last one now.
func (f *fold) carryAllTo(line int) {
	at := line - f.base
	if at < 0 || at >= len(f.carried) {
		return
	}
	for _, later := range f.carried[at+1:] {
		f.carried[at] += later
	}
	f.carried = f.carried[:at+1]
}
