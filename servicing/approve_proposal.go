package servicing

import (
	"context"

	"openlend/access"
	"openlend/internal/db"
	"openlend/internal/id"
)

// ApproveProposal is a second person's yes: what was proposed becomes a fact of
// the loan on the business date. A charge-off stops accrual and writes the notes
// off; their holders of record stay entitled to what is recovered. A
// restructuring ends the plan and begins another; both are kept. Refusals:
// access.ErrForbidden, access.ErrFourEyes, ErrProposalNotFound, ErrProposalState,
// ErrInvalidState, those of loan.NewTerms.
func ApproveProposal(
	ctx context.Context, tx *db.Tx, ids *id.Source, actor access.Actor, of ProposalID,
) (Proposal, error) {
	s, p, err := decide(ctx, tx, ids, actor, of)
	if err != nil {
		return Proposal{}, err
	}
	if err := s.allows(p); err != nil {
		return Proposal{}, err
	}
	if err := p.end(ctx, tx, ids, actor, ProposalApproved); err != nil {
		return Proposal{}, err
	}
	fact := p.fact(s)
	_, err = s.happens(ctx, tx, ids, actor, fact, p.Why)
	return *p, err
}
