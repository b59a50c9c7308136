package loan

import (
	"openlend/calendar"
	"openlend/money"
)

// Replay folds the events of a loan into its account at the end of a day. It is
// a pure function of the set of events: the order in which they arrived, events
// that are there twice and days that were closed in between make no difference,
// so a back-dated event is recorded by replaying, and Mirror says what the
// books have to correct. Events after asOf are checked and left out; a return
// or refund of a payment that has not arrived waits for it.
//
// The schedule is the first plan; it is not changed. Replay does not judge
// whether an event was wise (see State.Step), only whether it is possible.
// Refusals: those of Product.Validate and of Event, ErrSchedule,
// ErrNotDisbursed, ErrAsOf, ErrRefund, money.ErrOverflow.
func Replay(p Product, s Schedule, events []Event, asOf calendar.Date) (Account, error) {
	f, err := newFold(&p, &s, asOf)
	if err != nil {
		return Account{}, err
	}
	for i := range events {
		if err := events[i].validate(f.terms); err != nil {
			return Account{}, err
		}
	}
	ordered, err := inOrder(events)
	if err != nil {
		return Account{}, err
	}
	if err := checkDisbursed(ordered, f.terms); err != nil {
		return Account{}, err
	}
	for len(ordered) > 0 && ordered[len(ordered)-1].ValueOn > asOf {
		ordered = ordered[:len(ordered)-1]
	}
	if err := f.foresee(ordered); err != nil {
		return Account{}, err
	}
	for _, e := range ordered {
		if err := f.advance(e.ValueOn); err != nil {
			return Account{}, err
		}
		if err := f.apply(e); err != nil {
			return Account{}, err
		}
	}
	if err := f.advance(asOf); err != nil {
		return Account{}, err
	}
	if err := f.close(asOf); err != nil {
		return Account{}, err
	}
	return f.account, nil
}

// fold is the state of a replay. Days only move forward in it.
type fold struct {
	product *Product
	terms   *Terms
	account Account
	lines   []Line // the plan in force; account.Lines at the end

	day     calendar.Date // charges for lateness are complete up to its end
	first   int           // lines before it are settled
	running int           // the first line that is due on day or later
	owed    int64         // Σ of all Due: bounds every sum by an int64

	cash    int64 // money at hand: Σ Rest of sources
	sources []int // payments with money at hand, the oldest first
	next    int   // the next of account.Payments to come

	late     lateness
	pauses   []pause
	declared bool // default by event

	base    int     // the first line of the plan by terms: 0 until a restructuring
	carried []int64 // of the interest of lines from base on: earned before the plan
	before  int64   // interest earned before the plan

	anchor  anchor  // the last prepayment
	own     []int64 // own interest of the first lines, see ownInterest
	regular int64   // what "same instalment" means, see regularInstalment
}

func newFold(p *Product, s *Schedule, asOf calendar.Date) (*fold, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	if asOf < s.Terms.Start || asOf > calendar.MaxDate {
		return nil, ErrAsOf.In("as_of").With("%v", asOf)
	}
	f := &fold{product: p, terms: &s.Terms, day: s.Terms.Start}
	principal := s.Terms.Principal.Minor()
	f.account = Account{
		AsOf:        asOf,
		Currency:    s.Terms.Principal.Currency(),
		Principal:   principal,
		Outstanding: principal,
		Versions:    []Version{{From: s.Terms.Start, Instalments: s.Instalments}},
	}
	if err := f.loadPlan(s); err != nil {
		return nil, err
	}
	limit, capped, err := p.LateCap.of(principal)
	f.late = lateness{room: limit, limited: capped, acc: make([]int64, len(f.lines))}
	return f, err
}

// loadPlan makes the lines of a schedule and checks what the fold relies on:
// due dates that rise and principal parts that sum to the principal.
func (f *fold) loadPlan(s *Schedule) error {
	if len(s.Instalments) == 0 || s.Terms.Principal.Sign() <= 0 {
		return ErrSchedule
	}
	f.lines = make([]Line, len(s.Instalments))
	balance, before := f.account.Principal, s.Terms.Start
	for i := range s.Instalments {
		in := &s.Instalments[i]
		balance -= in.Principal
		if int(in.Nr) != i+1 || in.DueOn <= before || in.Principal < 0 || in.Interest < 0 ||
			in.Balance < 0 || in.Balance != balance {
			return ErrSchedule.With("instalment %d", in.Nr)
		}
		before = in.DueOn
		l := &f.lines[i]
		l.Nr, l.DueOn, l.Balance = int(in.Nr), in.DueOn, in.Balance
		l.Due[InterestPart], l.Due[PrincipalPart] = in.Interest, in.Principal
		owed, err := money.AddMinor(f.owed, in.Principal)
		if err == nil {
			f.owed, err = money.AddMinor(owed, in.Interest)
		}
		if err != nil {
			return err
		}
	}
	if balance != 0 || before > calendar.MaxDate {
		return ErrSchedule
	}
	f.regular = regularInstalment(s.Terms.Method, s.Instalments)
	return f.deferInterest()
}

// checkDisbursed refuses events that do not begin with the disbursement of the
// schedule's principal on its start date, or that disburse twice.
func checkDisbursed(ordered []*Event, t *Terms) error {
	if len(ordered) == 0 || ordered[0].Kind != EventDisbursed || ordered[0].ValueOn != t.Start {
		return ErrNotDisbursed
	}
	if ordered[0].Amount != t.Principal {
		return ErrEventAmount.In("amount").
			With("disbursed %v of %v", ordered[0].Amount, t.Principal)
	}
	for _, e := range ordered[1:] {
		if e.Kind == EventDisbursed {
			return ErrEventConflict.With("disbursed twice")
		}
	}
	return nil
}

// foresee takes in what counts before its own value date: a returned payment
// was never made, money that was refunded never paid anything, and a pause is
// known on its first day.
func (f *fold) foresee(ordered []*Event) error {
	a, refers := &f.account, false
	n := 0
	for _, e := range ordered {
		if e.Kind.money() {
			n++
		}
	}
	a.Payments = make([]Payment, 0, n)
	a.Allocations = make([]Allocation, 0, 4*n)
	for _, e := range ordered {
		switch e.Kind {
		case EventPaid, EventRecovered:
			a.Payments = append(a.Payments, Payment{ID: e.ID, Kind: e.Kind,
				ValueOn: e.ValueOn, Amount: e.Amount.Minor()})
		case EventReturned, EventRefunded:
			refers = true
		case EventPaused:
			f.addPause(pause{e.ValueOn, e.Until})
		}
	}
	if !refers {
		return nil
	}
	byID := make(map[EventID]*Payment, n)
	for i := range a.Payments {
		byID[a.Payments[i].ID] = &a.Payments[i]
	}
	return f.foreseeReferring(ordered, byID)
}

func (f *fold) foreseeReferring(ordered []*Event, byID map[EventID]*Payment) error {
	for _, e := range ordered {
		p := byID[e.Of]
		if p == nil || e.Of == 0 {
			continue
		}
		if e.Kind == EventReturned {
			p.Returned = true
			continue
		}
		refunded, err := money.AddMinor(p.Refunded, e.Amount.Minor())
		if err != nil || refunded > p.Amount {
			return ErrRefund.In("amount").With("payment %d", p.ID)
		}
		p.Refunded = refunded
	}
	for i := range f.account.Payments {
		p := &f.account.Payments[i]
		if !p.Returned {
			continue
		}
		sum, err := money.AddMinor(f.account.Receivable, p.Refunded)
		if err != nil {
			return err
		}
		f.account.Receivable = sum
	}
	return nil
}

// advance lets the days pass up to one: penalty accrues, late fees fall, and
// money on hold pays what falls due.
func (f *fold) advance(to calendar.Date) error {
	for f.day < to {
		tick := f.nextFeeDate(to)
		if f.cash > 0 {
			tick = f.nextDueDate(tick)
		}
		if err := f.accruePenalty(tick); err != nil {
			return err
		}
		f.day = tick
		f.running = f.lineAt(tick)
		if err := f.chargeLateFees(); err != nil {
			return err
		}
		f.distribute(tick)
	}
	return nil
}

// lineAt returns the index of the first line due on a day or later, day being
// f.day or after it; len(f.lines) when all are past.
func (f *fold) lineAt(day calendar.Date) int {
	i := min(f.running, len(f.lines))
	for i < len(f.lines) && f.lines[i].DueOn < day {
		i++
	}
	return i
}

// nextDueDate returns the first due date after f.day, at most so far ahead.
func (f *fold) nextDueDate(limit calendar.Date) calendar.Date {
	if i := f.lineAt(f.day + 1); i < len(f.lines) {
		return min(limit, f.lines[i].DueOn)
	}
	return limit
}

// close completes the account at the end of a day.
func (f *fold) close(asOf calendar.Date) error {
	a := &f.account
	a.Lines = f.lines
	earned, err := f.earned(asOf)
	if err != nil {
		return err
	}
	a.Earned, a.Accrued = earned, earned
	repaid := true
	for i := range f.lines {
		l := &f.lines[i]
		if l.DueOn <= asOf {
			a.Accrued -= l.Due[InterestPart]
		}
		if l.DueOn < asOf && a.DaysPastDue == 0 && l.inArrears() {
			a.DaysPastDue = f.unpausedDays(l.DueOn, asOf)
		}
		repaid = repaid && l.Settled()
	}
	if repaid {
		for i := range a.Payments {
			if a.Payments[i].Rest > 0 {
				a.Payments[i].Use = RestRefund
			}
		}
	}
	a.State = f.state(repaid)
	return nil
}

func (f *fold) state(repaid bool) State {
	a := &f.account
	switch {
	case !a.ChargedOffOn.IsZero():
		return StateChargedOff
	case repaid:
		return StateRepaid
	case f.declared || a.DaysPastDue >= f.product.defaultAfter():
		return StateDefault
	case a.DaysPastDue > 0:
		return StateLate
	}
	return StateActive
}
