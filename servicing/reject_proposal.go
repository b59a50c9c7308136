package servicing

import (
	"context"

	"openlend/access"
	"openlend/internal/db"
	"openlend/internal/id"
)

// RejectProposal is a second person's no. Refusals: access.ErrForbidden,
// access.ErrFourEyes, ErrProposalNotFound, ErrProposalState.
func RejectProposal(
	ctx context.Context, tx *db.Tx, ids *id.Source, actor access.Actor, of ProposalID,
) (Proposal, error) {
	_, p, err := decide(ctx, tx, ids, actor, of)
	if err != nil {
		return Proposal{}, err
	}
	return *p, p.end(ctx, tx, ids, actor, ProposalRejected)
}
