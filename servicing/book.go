package servicing

import (
	"cmp"
	"context"
	"slices"

	"openlend/calendar"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/internal/saga"
	"openlend/loan"
	"openlend/note"
)

// book is what many outcomes add to the tables, so that each is written once.
type book struct {
	loans       []*Loan
	facts       []loanFact
	fresh       []*Payment // that come in now
	changed     []*Payment // that were booked before; only what changes is set
	versions    []Version
	allocations []Allocation
	notes       []*note.Note
	paid        []note.Paid
	writtenOff  []bool
	fanOuts     []*fanOut
	told        news
}

// add takes in one outcome.
func (b *book) add(o *outcome) {
	l := o.loan
	b.loans = append(b.loans, l)
	for _, f := range o.facts {
		b.facts = append(b.facts, loanFact{l.ID, f})
	}
	for i := range o.payments {
		p := &Payment{ID: PaymentID(o.payments[i].ID)}
		if o.paid != nil && p.ID == o.paid.ID {
			o.paid.adopt(&o.payments[i])
			b.fresh = append(b.fresh, o.paid)
			continue
		}
		p.adopt(&o.payments[i])
		b.changed = append(b.changed, p)
	}
	for _, v := range o.versions {
		l.Versions++
		b.versions = append(b.versions, Version{Loan: l.ID, Nr: l.Versions, FromOn: v.From,
			Cause: v.Cause, Instalments: v.Instalments})
	}
	for i, e := range o.entries {
		b.allocations = append(b.allocations, Allocation{Loan: l.ID,
			Booking: DistributionID(o.booking), Seq: int64(i), Payment: PaymentID(e.Payment),
			CountsOn: e.On, Instalment: e.Instalment, Part: e.Part, Minor: signed(e),
			Recovery: e.Recovery})
	}
	for i := range o.notes {
		b.notes, b.paid = append(b.notes, o.notes[i]), append(b.paid, o.paidTo[i])
		b.writtenOff = append(b.writtenOff, !o.after.ChargedOffOn.IsZero())
	}
	if o.fanOut != nil {
		b.fanOuts = append(b.fanOuts, o.fanOut)
	}
	b.tell(o)
}

// tell adds the news of one outcome.
func (b *book) tell(o *outcome) {
	l := o.loan
	if o.paid != nil {
		b.told.add(TopicPaymentReceived, l.ID,
			PaymentEvent{l.ID.String(), o.paid.ID.String(), o.paid.Amount})
	}
	for i := range o.facts {
		f := &o.facts[i]
		about := PaymentEvent{l.ID.String(), PaymentID(f.Of).String(), f.Amount.Minor()}
		switch f.Kind {
		case loan.EventReturned:
			b.told.add(TopicPaymentReturned, l.ID, about)
		case loan.EventRefunded:
			b.told.add(TopicPaymentRefunded, l.ID, about)
		}
	}
	from := State(o.before.State)
	for _, to := range o.path {
		b.told.add(TopicLoanStepped, l.ID, l.event(from, State(to)))
		from = State(to)
	}
	if o.fanOut == nil {
		return
	}
	b.told.distribution(&o.fanOut.Distribution)
	for i := range o.fanOut.held {
		b.told.held(&o.fanOut.held[i])
	}
}

// store writes everything. business is the date on which it is booked.
func (b *book) store(
	ctx context.Context, tx *db.Tx, ids *id.Source, business calendar.Date,
) error {
	if err := storeFacts(ctx, tx, business, b.facts); err != nil {
		return err
	}
	if err := storePayments(ctx, tx, b.fresh); err != nil {
		return err
	}
	slices.SortFunc(b.changed, func(x, y *Payment) int { return cmp.Compare(x.ID, y.ID) })
	if err := updatePayments(ctx, tx, b.changed); err != nil {
		return err
	}
	if err := storeVersions(ctx, tx, b.versions); err != nil {
		return err
	}
	if err := storeAllocations(ctx, tx, b.allocations); err != nil {
		return err
	}
	if err := updateLoans(ctx, tx, b.loans); err != nil {
		return err
	}
	if err := note.Pay(ctx, tx, b.notes, b.paid, b.writtenOff); err != nil {
		return err
	}
	if err := b.storeFanOuts(ctx, tx, ids); err != nil {
		return err
	}
	return b.told.announce(ctx, tx, ids)
}

// storeFanOuts writes the distributions and starts the sagas that post those
// which are not posted yet.
func (b *book) storeFanOuts(ctx context.Context, tx *db.Tx, ids *id.Source) error {
	all := make([]*Distribution, len(b.fanOuts))
	var held []Held
	var running []saga.New
	for i, f := range b.fanOuts {
		all[i] = &f.Distribution
		held = append(held, f.held...)
		if f.State == DistributionRunning {
			running = append(running, saga.New{Subject: int64(f.ID)})
		}
	}
	if err := storeDistributions(ctx, tx, all); err != nil {
		return err
	}
	if err := storeShares(ctx, tx, b.fanOuts); err != nil {
		return err
	}
	if err := storeHeld(ctx, tx, held); err != nil {
		return err
	}
	if len(running) == 0 {
		return nil
	}
	_, err := saga.StartMany(ctx, tx, ids, SagaDistribution, running)
	return err
}
