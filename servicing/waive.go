package servicing

import (
	"context"

	"openlend/access"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/loan"
	"openlend/money"
)

// NewWaiver forgives something that is owed by now.
type NewWaiver struct {
	Loan       LoanID
	Part       loan.Component // anything but principal
	Instalment int            // its number, 0: the oldest first
	Amount     money.Amount
	Why        string
}

// Waive forgives the borrower an amount of one component, all of which must be
// owed. Principal is never forgiven: it belongs to the lenders. Refusals:
// access.ErrForbidden, ErrNotFound, ErrInvalidState for a loan that has ended,
// ErrAmount, ErrCurrency, ErrWhy, loan.ErrComponent.
func Waive(
	ctx context.Context, tx *db.Tx, ids *id.Source, actor access.Actor, in NewWaiver,
) (Loan, error) {
	if err := actor.Require(access.LoanService); err != nil {
		return Loan{}, err
	}
	if err := checkWhy("why", in.Why); err != nil {
		return Loan{}, err
	}
	if in.Part >= loan.PrincipalPart {
		return Loan{}, loan.ErrComponent.In("part")
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
	if owed := s.owed(in.Part, in.Instalment); in.Amount.Minor() > owed {
		return Loan{}, ErrAmount.In("amount").With("%s of %s are owed",
			money.New(owed, s.Currency), in.Part)
	}
	return s.happens(ctx, tx, ids, actor, loan.Event{Kind: loan.EventWaived, ValueOn: s.on,
		Amount: in.Amount, Part: in.Part, Instalment: in.Instalment}, in.Why)
}

// owed is what can be forgiven of a component of one instalment, or of all.
// Contract interest is owed when it is due.
func (s *standing) owed(part loan.Component, instalment int) (sum int64) {
	for i := range s.account.Lines {
		l := &s.account.Lines[i]
		if instalment != 0 && instalment != l.Nr || part == loan.InterestPart && l.DueOn > s.on {
			continue
		}
		sum += l.Open()[part]
	}
	return sum
}
