package servicing

import (
	"context"

	"openlend/access"
	"openlend/calendar"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/loan"
)

// maxPause is the longest hardship pause that is granted at once, in days.
const maxPause = 366

// NewPause is a hardship pause: its days are not days of lateness.
type NewPause struct {
	Loan  LoanID
	From  calendar.Date // zero: the business date
	Until calendar.Date // the first day that counts again
	Why   string
}

// Pause grants a hardship pause: no late fee, no penalty and no day past due
// arises in it. Contract interest goes on, and instalments stay due. Refusals:
// access.ErrForbidden, ErrNotFound, ErrInvalidState for a loan that has ended,
// ErrValueOn, ErrPause, ErrWhy.
func Pause(
	ctx context.Context, tx *db.Tx, ids *id.Source, actor access.Actor, in NewPause,
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
	from, err := s.valueOn(in.From)
	if err != nil {
		return Loan{}, err
	}
	if in.Until <= from || in.Until.Sub(from) > maxPause {
		return Loan{}, ErrPause.In("until")
	}
	return s.happens(ctx, tx, ids, actor,
		loan.Event{Kind: loan.EventPaused, ValueOn: from, Until: in.Until}, in.Why)
}
