package servicing

import (
	"context"
	"slices"

	"openlend/access"
	"openlend/calendar"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/ledger"
	"openlend/loan"
)

// standing is a locked loan as it stands at the end of the business date, which
// its row may be behind: what somebody wants to do to it is judged by that.
type standing struct {
	*Loan

	on      calendar.Date
	account loan.Account
}

// stand locks a loan and finds where it stands. Refusals: ErrNotFound,
// ErrInvalidState when it was never disbursed.
func stand(
	ctx context.Context, tx *db.Tx, ids *id.Source, of LoanID,
) (*standing, error) {
	l, err := lockLoan(ctx, tx, ids, of)
	if err != nil {
		return nil, err
	}
	if l.history == nil {
		return nil, ErrInvalidState.With("the loan is %s", l.State)
	}
	dates, err := ledger.ReadDates(ctx, tx)
	if err != nil {
		return nil, err
	}
	s := &standing{Loan: l, on: max(dates.BusinessOn, l.AsOf)}
	s.account, err = s.with(nil)
	return s, err
}

// with replays the loan as if more had happened.
func (s *standing) with(more []loan.Event) (loan.Account, error) {
	h := s.history
	return loan.Replay(h.product.Loan, h.schedule, slices.Concat(h.events, more), s.on)
}

// in refuses a loan that is in none of the states. Refusal: ErrInvalidState.
func (s *standing) in(states ...State) error {
	if state := State(s.account.State); !slices.Contains(states, state) {
		return ErrInvalidState.With("the loan is %s", state)
	}
	return nil
}

// may refuses a step that is not legal. Refusal: ErrInvalidState.
func (s *standing) may(to State) error {
	if state := State(s.account.State); !slices.Contains(state.Steps(), to) {
		return ErrInvalidState.With("a loan that is %s cannot become %s", state, to)
	}
	return nil
}

// valueOn is the day from which a fact counts, zero being the business date.
// Refusal: ErrValueOn.
func (s *standing) valueOn(wanted calendar.Date) (calendar.Date, error) {
	switch {
	case wanted.IsZero():
		return s.on, nil
	case wanted < s.StartOn || wanted > s.on:
		return 0, ErrValueOn.In("value_on")
	}
	return wanted, nil
}

// happens records a fact that an actor states, under a new id.
func (s *standing) happens(
	ctx context.Context, tx *db.Tx, ids *id.Source, actor access.Actor, e loan.Event, why string,
) (Loan, error) {
	next, err := ids.Next()
	if err != nil {
		return Loan{}, err
	}
	e.ID = loan.EventID(next)
	err = record(ctx, tx, ids, s.Loan, Fact{Event: e, Maker: actor.Principal(), Why: why})
	return *s.Loan, err
}
