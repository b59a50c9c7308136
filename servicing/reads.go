package servicing

import (
	"context"

	"openlend/access"
	"openlend/calendar"
	"openlend/customer"
	"openlend/internal/db"
	"openlend/ledger"
	"openlend/loan"
	"openlend/origination"
)

const maxID = 1<<63 - 1

// page checks a page of rows. after is the last id seen, 0: from the newest.
// Refusal: ErrLimit.
func page(after int64, limit int) (int64, int, error) {
	if after == 0 {
		after = maxID
	}
	switch {
	case limit == 0:
		limit = 50
	case limit < 0 || limit > 200:
		return 0, 0, ErrLimit.In("limit")
	}
	return after, limit, nil
}

// Query asks for a page of loans, newest first.
type Query struct {
	Borrower    customer.ID // 0: of everybody
	State       State       // "": all
	DaysPastDue int         // at least
	After       LoanID      // the last one of the page before, 0: from the newest
	Limit       int         // 1 to 200, 0: 50
}

// ListLoans lists loans, newest first. Refusal: ErrLimit.
func ListLoans(ctx context.Context, tx *db.Tx, q Query) ([]Loan, error) {
	after, limit, err := page(int64(q.After), q.Limit)
	if err != nil {
		return nil, err
	}
	var found []*Loan
	if q.Borrower != 0 {
		found, err = db.Many(ctx, tx, scanLoan, selectLoanPageOf,
			after, string(q.State), q.DaysPastDue, limit, int64(q.Borrower))
	} else {
		found, err = db.Many(ctx, tx, scanLoan, selectLoanPage,
			after, string(q.State), q.DaysPastDue, limit)
	}
	loans := make([]Loan, len(found))
	for i, l := range found {
		loans[i] = *l
	}
	return loans, err
}

// GetAccount replays a loan to the end of the business date: what it is now, to
// the last penalty. Refusals: ErrNotFound, ErrInvalidState when it was never
// disbursed.
func GetAccount(ctx context.Context, tx *db.Tx, id LoanID) (loan.Account, error) {
	a, _, err := accountOn(ctx, tx, id, 0)
	return a, err
}

// Quote says what repays a loan in full on a day, zero being the business date.
// Refusals: those of GetAccount, ErrValueOn for a day that is past.
func Quote(
	ctx context.Context, tx *db.Tx, id LoanID, on calendar.Date,
) (loan.Quote, error) {
	a, product, err := accountOn(ctx, tx, id, on)
	if err != nil {
		return loan.Quote{}, err
	}
	return a.Payoff(product.Loan)
}

// accountOn replays a loan, without its lock, to the end of a day that is not
// past.
func accountOn(
	ctx context.Context, tx *db.Tx, id LoanID, on calendar.Date,
) (loan.Account, *origination.Product, error) {
	l, err := loadLoan(ctx, tx, id)
	if err != nil {
		return loan.Account{}, nil, err
	}
	if !l.State.Disbursed() {
		return loan.Account{}, nil, ErrInvalidState.With("the loan is %s", l.State)
	}
	dates, err := ledger.ReadDates(ctx, tx)
	if err != nil {
		return loan.Account{}, nil, err
	}
	today := max(dates.BusinessOn, l.AsOf)
	switch {
	case on.IsZero():
		on = today
	case on < today:
		return loan.Account{}, nil, ErrValueOn.In("on")
	}
	if err := loadHistories(ctx, tx, []*Loan{l}, false); err != nil {
		return loan.Account{}, nil, err
	}
	h := l.history
	a, err := loan.Replay(h.product.Loan, h.schedule, h.events, on)
	return a, h.product, err
}

// ListVersions lists every plan that was booked for a loan, the contract's own
// first. GetAccount has the one in force, and what was paid on it.
func ListVersions(ctx context.Context, tx *db.Tx, id LoanID) ([]Version, error) {
	return db.Many(ctx, tx, scanVersion, selectSchedules, int64(id))
}

// GetPayment reads a payment. Refusal: ErrPaymentNotFound.
func GetPayment(ctx context.Context, tx *db.Tx, id PaymentID) (Payment, error) {
	p, err := db.One(ctx, tx, scanPayment, selectPayment, int64(id))
	return p, notFound(err, ErrPaymentNotFound)
}

// ShowPayment is GetPayment for whoever may see its loan. Refusals:
// ErrPaymentNotFound, for another customer's too; access.ErrForbidden.
func ShowPayment(
	ctx context.Context, tx *db.Tx, actor access.Actor, id PaymentID,
) (Payment, error) {
	p, err := GetPayment(ctx, tx, id)
	if err != nil {
		return Payment{}, err
	}
	l, err := GetLoan(ctx, tx, p.Loan)
	if err == nil {
		err = l.VisibleTo(actor)
	}
	if err != nil {
		return Payment{}, hidden(err, ErrPaymentNotFound)
	}
	return p, nil
}

// ListPayments lists the payments of a loan, newest first. after is the last one
// of the page before, 0: from the newest; limit 1 to 200, 0: 50. Refusal:
// ErrLimit.
func ListPayments(
	ctx context.Context, tx *db.Tx, id LoanID, after PaymentID, limit int,
) ([]Payment, error) {
	last, limit, err := page(int64(after), limit)
	if err != nil {
		return nil, err
	}
	return db.Many(ctx, tx, scanPayment, selectPaymentPage, int64(id), last, limit)
}

// ListRefunds lists payments of which something waits to be refunded, the oldest
// first. Refusal: ErrLimit.
func ListRefunds(
	ctx context.Context, tx *db.Tx, after PaymentID, limit int,
) ([]Payment, error) {
	_, limit, err := page(1, limit)
	if err != nil {
		return nil, err
	}
	return db.Many(ctx, tx, scanPayment, selectRefundPage, int64(after), limit)
}

// ListAllocations lists what the payments of a loan have paid, as it was booked,
// the oldest first. booking and seq are those of the last row of the page
// before. Refusal: ErrLimit.
func ListAllocations(
	ctx context.Context, tx *db.Tx, id LoanID, booking DistributionID, seq int64, limit int,
) ([]Allocation, error) {
	_, limit, err := page(1, limit)
	if err != nil {
		return nil, err
	}
	return db.Many(ctx, tx, scanAllocation, selectAllocationPage,
		int64(id), int64(booking), seq, limit)
}
