package servicing

import (
	"context"

	"openlend/access"
	"openlend/internal/db"
	"openlend/internal/id"
)

// decide locks an open proposal and its loan for a second person.
func decide(
	ctx context.Context, tx *db.Tx, ids *id.Source, actor access.Actor, of ProposalID,
) (*standing, *Proposal, error) {
	if err := actor.Require(access.LoanApprove); err != nil {
		return nil, nil, err
	}
	p, err := loadProposal(ctx, tx, of) // to learn which loan it is about
	if err != nil {
		return nil, nil, err
	}
	s, err := stand(ctx, tx, ids, p.Loan)
	if err != nil {
		return nil, nil, err
	}
	if p, err = loadProposal(ctx, tx, of); err != nil { // as it is under the loan's lock
		return nil, nil, err
	}
	if err := actor.SecondPerson(p.Maker); err != nil {
		return nil, nil, err
	}
	if p.State != ProposalOpen {
		return nil, nil, ErrProposalState.With("it is %s", p.State)
	}
	return s, &p, nil
}

// end stores and announces what was decided.
func (p *Proposal) end(
	ctx context.Context, tx *db.Tx, ids *id.Source, actor access.Actor, to ProposalState,
) error {
	p.State, p.Checker, p.DecidedAt = to, actor.Principal(), tx.Now()
	if err := storeDecision(ctx, tx, p); err != nil {
		return err
	}
	var told news
	told.add(TopicProposalDecided, p.Loan, p.event())
	return told.announce(ctx, tx, ids)
}
