package loan

import (
	"slices"

	"openlend/calendar"
	"openlend/money"
)

// apply does what an event says on its value date, which is f.day.
func (f *fold) apply(e *Event) error {
	switch e.Kind {
	case EventFeeCharged:
		if err := f.charge(f.current(), CostPart, e.Amount.Minor()); err != nil {
			return err
		}
		f.distribute(f.day)
	case EventWaived:
		f.waive(e)
	case EventPaid, EventRecovered:
		return f.receive(e)
	case EventRestructured:
		return f.restructure(e)
	case EventDefaulted:
		f.declared = true
	case EventChargedOff:
		return f.chargeOff(e)
	}
	return nil // disbursed, paused, returned and refunded were foreseen
}

// current returns the line in whose period f.day lies, the last one for ever.
func (f *fold) current() int { return min(f.running, len(f.lines)-1) }

// charge makes something more owed on a line.
func (f *fold) charge(i int, part Component, minor int64) error {
	owed, err := money.AddMinor(f.owed, minor)
	if err != nil {
		return err
	}
	f.owed = owed
	f.lines[i].Due[part] += minor
	f.first = min(f.first, i)
	return nil
}

// waive forgives up to an amount of what is demanded of one component, of one
// instalment or of the oldest first.
func (f *fold) waive(e *Event) {
	left := e.Amount.Minor()
	for i := f.first; i < f.demanded(f.day) && left > 0; i++ {
		l := &f.lines[i]
		if e.Instalment != 0 && e.Instalment != l.Nr {
			continue
		}
		if e.Part == InterestPart && l.DueOn > f.day {
			continue
		}
		forgiven := min(left, l.open(e.Part))
		l.Waived[e.Part] += forgiven
		left -= forgiven
	}
	f.settle()
}

// receive takes in a payment or recovery: what is owed first, then its rest.
func (f *fold) receive(e *Event) error {
	at := f.next
	f.next++
	p := &f.account.Payments[at]
	if p.Returned || p.Refunded == p.Amount {
		return nil
	}
	p.Rest = p.Amount - p.Refunded
	if cost := min(e.Cost.Minor(), p.Rest); cost > 0 {
		if err := f.charge(f.current(), CostPart, cost); err != nil {
			return err
		}
		f.allocate(p, f.current(), CostPart, cost, f.day)
	}
	cash, err := money.AddMinor(f.cash, p.Rest)
	if err != nil {
		return err
	}
	f.cash = cash
	f.sources = append(f.sources, at)
	f.distribute(f.day)
	return f.useRest(e, at)
}

// useRest does with the rest of a payment what the borrower or the product
// chose. Choosing to prepay uses money on hold too.
func (f *fold) useRest(e *Event, at int) error {
	p := &f.account.Payments[at]
	use := e.Rest
	if use == "" {
		use = f.product.Rest
	}
	if use == RestShorter || use == RestSmaller {
		if err := f.prepay(use, e.ID); err != nil {
			return err
		}
	}
	switch {
	case p.Rest == 0:
	case use == RestHold:
		p.Use = RestHold
	default: // not used up, so it is still the last of the sources
		p.Use = RestRefund
		f.cash -= p.Rest
		f.sources = f.sources[:len(f.sources)-1]
	}
	return nil
}

// pay takes money at hand for what is open of one component of a line.
func (f *fold) pay(i int, part Component, on calendar.Date) {
	f.draw(i, part, min(f.lines[i].open(part), f.cash), on)
}

// draw takes an amount, at most f.cash, from the money at hand, the oldest
// first.
func (f *fold) draw(i int, part Component, minor int64, on calendar.Date) {
	if minor <= 0 {
		return
	}
	f.cash -= minor
	for minor > 0 {
		p := &f.account.Payments[f.sources[0]]
		piece := min(minor, p.Rest)
		f.allocate(p, i, part, piece, on)
		minor -= piece
		if p.Rest == 0 {
			p.Use = ""
			f.sources = slices.Delete(f.sources, 0, 1)
		}
	}
	f.settle()
}

// allocate books a piece of a payment on a line.
func (f *fold) allocate(p *Payment, i int, part Component, minor int64, on calendar.Date) {
	a := &f.account
	recovery := !a.ChargedOffOn.IsZero()
	p.Rest -= minor
	f.lines[i].Paid[part] += minor
	switch {
	case recovery:
		a.Recovered[part] += minor
	case part == PrincipalPart:
		a.Outstanding -= minor
	}
	a.Allocations = append(a.Allocations,
		Allocation{p.ID, on, f.lines[i].Nr, part, minor, recovery})
}

// settle moves f.first over lines that owe nothing any more.
func (f *fold) settle() {
	for f.first < len(f.lines)-1 && f.lines[f.first].Settled() {
		f.first++
	}
}
