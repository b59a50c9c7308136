package servicing

import (
	"slices"

	"openlend/calendar"
	"openlend/loan"
	"openlend/note"
)

// outcome is what a change comes to: all that the books have to add.
type outcome struct {
	*change

	before, after *loan.Account
	entries       []loan.Entry   // allocations to take back and to book
	versions      []loan.Version // plans that were not booked yet
	payments      []loan.Payment // that are not as they were booked
	path          []loan.State   // steps of the loan
	booking       int64          // names entries and distribution; 0: neither

	fanOut *fanOut      // nil: no money moves on
	notes  []*note.Note // whose payments change
	paidTo []note.Paid  // what they are then
}

// conclude replays a loan with new facts to the end of a day. It changes the
// loan's columns and history to what they are then.
func conclude(c *change, on calendar.Date) (*outcome, error) {
	l, h := c.loan, c.loan.history
	if h == nil {
		return nil, ErrInvalidState.With("the loan is %s", l.State)
	}
	c.dropKnown()
	events := slices.Clip(h.events)
	for _, f := range c.facts {
		events = append(events, f.Event)
	}
	after, err := loan.Replay(h.product.Loan, h.schedule, events, max(on, l.AsOf))
	if err != nil {
		return nil, err
	}
	before := h.account
	o := &outcome{change: c, before: &before, after: &after,
		entries:  loan.Mirror(&before, &after),
		versions: newVersions(before.Versions, after.Versions),
		payments: changedPayments(before.Payments, after.Payments)}
	if o.path, err = before.State.StepsTo(after.State); err != nil {
		return nil, err
	}
	h.events, h.account = events, after
	l.adopt(o.after)
	return o, nil
}

// dropKnown leaves out facts that are recorded already: what arrives twice counts
// once.
func (c *change) dropKnown() {
	c.facts = slices.DeleteFunc(c.facts, func(f Fact) bool {
		if !slices.Contains(c.loan.history.events, f.Event) {
			return false
		}
		if c.paid != nil && f.ID == loan.EventID(c.paid.ID) {
			c.paid = nil
		}
		return true
	})
}

// adopt takes the loan's columns from its account.
func (l *Loan) adopt(a *loan.Account) {
	l.State, l.AsOf = State(a.State), a.AsOf
	l.Outstanding, l.Arrears, l.Earned = a.Outstanding, a.Arrears().Sum(), a.Earned
	l.DaysPastDue, l.NextDueOn, l.Held = a.DaysPastDue, 0, 0
	l.RestructuredOn = a.RestructuredOn
	for i := range a.Payments {
		if p := &a.Payments[i]; p.Use == loan.RestHold {
			l.Held += p.Rest
		}
	}
	if a.State == loan.StateChargedOff {
		return // all of it was due that day, and nothing is collected by itself
	}
	for i := range a.Lines {
		if !a.Lines[i].Settled() {
			l.NextDueOn = a.Lines[i].DueOn
			return
		}
	}
}

// newVersions are the plans of after that before has not.
func newVersions(before, after []loan.Version) []loan.Version {
	var found []loan.Version
	for _, v := range after {
		if !slices.ContainsFunc(before, func(b loan.Version) bool {
			return b.From == v.From && b.Cause == v.Cause &&
				slices.Equal(b.Instalments, v.Instalments)
		}) {
			found = append(found, v)
		}
	}
	return found
}

// changedPayments are the payments of after that are not as in before.
func changedPayments(before, after []loan.Payment) []loan.Payment {
	was := make(map[loan.EventID]loan.Payment, len(before))
	for _, p := range before {
		was[p.ID] = p
	}
	var found []loan.Payment
	for _, p := range after {
		if was[p.ID] != p {
			found = append(found, p)
		}
	}
	return found
}
