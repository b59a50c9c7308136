package servicing

import (
	"context"

	"openlend/access"
	"openlend/calendar"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/ledger"
	"openlend/loan"
	"openlend/money"
)

// RefundRest gives the borrower what is left of a payment that was more than was
// owed: from then on it is in his wallet and pays nothing any more. He may ask
// for money that waits for what falls due next, too.
//
// Refusals: access.ErrForbidden, ErrPaymentNotFound, ErrPaymentState, ErrNoRest.
func RefundRest(
	ctx context.Context, tx *db.Tx, ids *id.Source, actor access.Actor, of PaymentID, why string,
) (Payment, error) {
	p, err := GetPayment(ctx, tx, of) // whose it is never changes
	if err != nil {
		return Payment{}, err
	}
	s, err := standFor(ctx, tx, ids, actor, p.Loan)
	if err != nil {
		return Payment{}, hidden(err, ErrPaymentNotFound)
	}
	var rest int64
	for i := range s.account.Payments {
		if a := &s.account.Payments[i]; a.ID == loan.EventID(of) {
			if a.Returned {
				return Payment{}, ErrPaymentState.With("the payment was returned")
			}
			rest = a.Rest
		}
	}
	if rest == 0 {
		return Payment{}, ErrNoRest
	}
	_, err = s.happens(ctx, tx, ids, actor, loan.Event{Kind: loan.EventRefunded, ValueOn: s.on,
		Of: loan.EventID(of), Amount: money.New(rest, s.Currency)}, why)
	if err != nil {
		return Payment{}, err
	}
	return GetPayment(ctx, tx, of)
}

// RefundRests refunds every payment of some loans of which something waits for
// it: the queue of refunds, worked off by closing. At most 200 loans at a time.
// It returns how many payments were refunded. Refusal: ErrNotFound.
func RefundRests(
	ctx context.Context, tx *db.Tx, ids *id.Source, loans []LoanID,
) (refunded int, err error) {
	locked, err := lockLoans(ctx, tx, ids, true, loans)
	if err != nil {
		return 0, err
	}
	dates, err := ledger.ReadDates(ctx, tx)
	if err != nil {
		return 0, err
	}
	var changes []change
	for _, l := range locked {
		if l.history == nil {
			continue
		}
		facts, err := l.refunds(ids, max(dates.BusinessOn, l.AsOf))
		if err != nil {
			return 0, err
		}
		if len(facts) > 0 {
			changes = append(changes, change{loan: l, facts: facts})
			refunded += len(facts)
		}
	}
	return refunded, recordAll(ctx, tx, ids, dates.BusinessOn, changes)
}

// refunds are the facts that everything is refunded that waits for it on a day.
func (l *Loan) refunds(ids *id.Source, on calendar.Date) ([]Fact, error) {
	h := l.history
	a, err := loan.Replay(h.product.Loan, h.schedule, h.events, on)
	if err != nil {
		return nil, err
	}
	var facts []Fact
	for i := range a.Payments {
		p := &a.Payments[i]
		if p.Use != loan.RestRefund || p.Rest == 0 {
			continue
		}
		next, err := ids.Next()
		if err != nil {
			return nil, err
		}
		facts = append(facts, Fact{Maker: access.System("closing").Principal(),
			Event: loan.Event{ID: loan.EventID(next), Kind: loan.EventRefunded, ValueOn: on,
				Of: p.ID, Amount: money.New(p.Rest, l.Currency)}})
	}
	return facts, nil
}
