package servicing

import (
	"context"

	"openlend/access"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/loan"
)

// DeclareDefault puts a loan into default by an event (insolvency, fraud) before
// its days past due do. It lasts until the loan is repaid, restructured or
// charged off. Refusals: access.ErrForbidden, ErrNotFound, ErrInvalidState,
// ErrWhy.
func DeclareDefault(
	ctx context.Context, tx *db.Tx, ids *id.Source, actor access.Actor, of LoanID, why string,
) (Loan, error) {
	if err := actor.Require(access.LoanService); err != nil {
		return Loan{}, err
	}
	if err := checkWhy("why", why); err != nil {
		return Loan{}, err
	}
	s, err := stand(ctx, tx, ids, of)
	if err != nil {
		return Loan{}, err
	}
	if err := s.may(StateDefault); err != nil {
		return Loan{}, err
	}
	return s.happens(ctx, tx, ids, actor,
		loan.Event{Kind: loan.EventDefaulted, ValueOn: s.on}, why)
}
