package servicing

import (
	"context"

	"openlend/access"
	"openlend/calendar"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/loan"
	"openlend/money"
)

// NewFee is a cost that a borrower has caused: a reminder, a returned debit.
type NewFee struct {
	Loan    LoanID
	Amount  money.Amount
	ValueOn calendar.Date // zero: the business date
	Why     string
}

// ChargeFee makes the borrower owe a cost at once; what he pays of it is the
// platform's. Refusals: access.ErrForbidden, ErrNotFound, ErrInvalidState for a
// loan that has ended, ErrAmount, ErrCurrency, ErrValueOn, ErrWhy.
func ChargeFee(
	ctx context.Context, tx *db.Tx, ids *id.Source, actor access.Actor, in NewFee,
) (Loan, error) {
	if err := actor.Require(access.LoanService); err != nil {
		return Loan{}, err
	}
	if err := checkWhy("why", in.Why); err != nil {
		return Loan{}, err
	}
	s, err := stand(ctx, tx, ids, in.Loan)
	if err != nil {
		return Loan{}, err
	}
	if err := s.in(StateActive, StateLate, StateDefault); err != nil {
		return Loan{}, err
	}
	if err := s.checkAmount(in.Amount); err != nil {
		return Loan{}, err
	}
	on, err := s.valueOn(in.ValueOn)
	if err != nil {
		return Loan{}, err
	}
	return s.happens(ctx, tx, ids, actor,
		loan.Event{Kind: loan.EventFeeCharged, ValueOn: on, Amount: in.Amount}, in.Why)
}

// checkAmount refuses an amount that is not money of the loan. Refusals:
// ErrAmount, ErrCurrency.
func (l *Loan) checkAmount(a money.Amount) error {
	switch {
	case a.Currency() != l.Currency:
		return ErrCurrency.In("amount").With("the loan is in %s", l.Currency)
	case a.Sign() <= 0:
		return ErrAmount.In("amount")
	}
	return nil
}
