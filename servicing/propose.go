package servicing

import (
	"context"

	"openlend/access"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/loan"
)

// propose stores what one person wants to do to a loan for a second one to decide
// on. Refusals: access.ErrForbidden, ErrNotFound, ErrWhy, ErrProposed, those of
// allows.
func propose(
	ctx context.Context, tx *db.Tx, ids *id.Source, actor access.Actor, p Proposal,
) (Proposal, error) {
	if err := actor.Require(access.LoanWriteOff); err != nil {
		return Proposal{}, err
	}
	if err := checkWhy("why", p.Why); err != nil {
		return Proposal{}, err
	}
	s, err := stand(ctx, tx, ids, p.Loan)
	if err != nil {
		return Proposal{}, err
	}
	if err := s.allows(&p); err != nil {
		return Proposal{}, err
	}
	next, err := ids.Next()
	if err != nil {
		return Proposal{}, err
	}
	p.ID, p.State = ProposalID(next), ProposalOpen
	p.Maker, p.ProposedAt = actor.Principal(), tx.Now()
	if err := storeNewProposal(ctx, tx, &p); err != nil {
		return Proposal{}, err
	}
	var told news
	told.add(TopicProposed, p.Loan, p.event())
	return p, told.announce(ctx, tx, ids)
}

// allows refuses a proposal that cannot become a fact of the loan today.
// Refusals: ErrInvalidState, those of loan.NewTerms.
func (s *standing) allows(p *Proposal) error {
	if p.Kind == ProposeToChargeOff {
		return s.may(StateChargedOff)
	}
	if err := s.in(StateActive, StateLate, StateDefault); err != nil {
		return err
	}
	e := p.fact(s)
	e.ID = 1 // of the disbursement at the latest
	for i := range s.history.events {
		e.ID = max(e.ID, s.history.events[i].ID+1)
	}
	_, err := s.with([]loan.Event{e})
	return err
}

// fact is what an approved proposal makes happen, on the business date.
func (p *Proposal) fact(s *standing) loan.Event {
	if p.Kind == ProposeToChargeOff {
		return loan.Event{Kind: loan.EventChargedOff, ValueOn: s.on}
	}
	return loan.Event{Kind: loan.EventRestructured, ValueOn: s.on, Terms: p.Terms}
}

func (p *Proposal) event() ProposalEvent {
	return ProposalEvent{Loan: p.Loan.String(), Proposal: p.ID.String(), Kind: p.Kind,
		State: p.State}
}
