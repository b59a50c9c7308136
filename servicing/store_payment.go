package servicing

import (
	"context"

	"openlend/calendar"
	"openlend/internal/db"
	"openlend/loan"
	"openlend/money"
)

const (
	selectPaymentColumns = `SELECT id, loan_id, kind, source, reference, amount, cost, currency,
		value_on, business_on, state, unallocated, refunded, rest, maker, received_at
		FROM servicing_payment `

	selectPayment = selectPaymentColumns + `WHERE id = $1`

	// The second condition is that of the index.
	countReference = `SELECT COUNT(*) FROM servicing_payment
		WHERE reference = $1 AND reference <> ''`

	selectPaymentPage = selectPaymentColumns + `WHERE loan_id = $1 AND id < $2
		ORDER BY id DESC LIMIT $3`

	selectRefundPage = selectPaymentColumns + `WHERE rest = 'refund' AND id > $1
		ORDER BY id LIMIT $2`

	selectAllocationPage = `SELECT loan_id, booking_id, seq, payment_id, counts_on, instalment,
		component, minor, recovery FROM servicing_allocation
		WHERE loan_id = $1 AND (booking_id > $2 OR booking_id = $2 AND seq > $3)
		ORDER BY booking_id, seq LIMIT $4`
)

var (
	insertPayment = &db.Insert{Table: "servicing_payment", Columns: []string{
		"id", "loan_id", "kind", "source", "reference", "amount", "cost", "currency", "value_on",
		"business_on", "state", "unallocated", "refunded", "rest", "maker", "received_at"}}

	updatePayment = &db.Update{Table: "servicing_payment", Keys: []string{"id"}, Set: []string{
		"state", "unallocated", "refunded", "rest"}}
)

func scanPayment(s db.Scanner) (p Payment, err error) {
	var kind, source, currency, valueOn, businessOn, state, rest string
	var received int64
	err = s.Scan((*int64)(&p.ID), (*int64)(&p.Loan), &kind, &source, &p.Reference, &p.Amount,
		&p.Cost, &currency, &valueOn, &businessOn, &state, &p.Unallocated, &p.Refunded, &rest,
		&p.Maker, &received)
	if err != nil {
		return p, err
	}
	p.Kind, p.Source, p.Currency = loan.EventKind(kind), Source(source), money.Currency(currency)
	p.State, p.Rest, p.ReceivedAt = PaymentState(state), loan.Rest(rest), instant(received)
	if p.ValueOn, err = calendar.ParseDate(valueOn); err != nil {
		return p, err
	}
	p.BusinessOn, err = calendar.ParseDate(businessOn)
	return p, err
}

// refuseKnown refuses a reference that is recorded. It is looked up before
// anything is written: a refusal after a statement that failed could not be told
// from a twin's success. Refusal: ErrReference.
func refuseKnown(ctx context.Context, tx *db.Tx, reference string) error {
	known, err := db.Value[int64](ctx, tx, countReference, reference)
	if err == nil && known > 0 {
		err = ErrReference.In("reference")
	}
	return err
}

// storePayments writes payments.
func storePayments(ctx context.Context, tx *db.Tx, payments []*Payment) error {
	err := tx.InsertMany(ctx, insertPayment, len(payments), func(i int, r *db.Row) {
		p := payments[i]
		r.Int(int64(p.ID))
		r.Int(int64(p.Loan))
		r.Text(string(p.Kind))
		r.Text(string(p.Source))
		r.Text(p.Reference)
		r.Int(p.Amount)
		r.Int(p.Cost)
		r.Text(string(p.Currency))
		r.Text(p.ValueOn.String())
		r.Text(p.BusinessOn.String())
		p.writeState(r)
		r.Text(p.Maker)
		r.Int(tx.Now().UnixMicro())
	})
	if db.IsDuplicate(err) {
		err = db.Again("the reference was recorded meanwhile")
	}
	return err
}

// updatePayments writes what changes in payments, which are sorted by id.
func updatePayments(ctx context.Context, tx *db.Tx, payments []*Payment) error {
	_, err := tx.UpdateMany(ctx, updatePayment, len(payments), func(i int, r *db.Row) {
		r.Int(int64(payments[i].ID))
		payments[i].writeState(r)
	})
	return err
}

func (p *Payment) writeState(r *db.Row) {
	r.Text(string(p.State))
	r.Int(p.Unallocated)
	r.Int(p.Refunded)
	r.Text(string(p.Rest))
}

func scanAllocation(s db.Scanner) (a Allocation, err error) {
	var on, component string
	err = s.Scan((*int64)(&a.Loan), (*int64)(&a.Booking), &a.Seq, (*int64)(&a.Payment), &on,
		&a.Instalment, &component, &a.Minor, &a.Recovery)
	if err != nil {
		return a, err
	}
	a.Part = componentOf(component)
	a.CountsOn, err = calendar.ParseDate(on)
	return a, err
}

// componentOf is the component of a name in the books.
func componentOf(name string) loan.Component {
	for c := range len(loan.Parts{}) {
		if loan.Component(c).String() == name {
			return loan.Component(c)
		}
	}
	return loan.Component(len(loan.Parts{})) // a CHECK keeps other names out
}
