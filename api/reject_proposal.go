package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/db"
	"openlend/servicing"
)

func (s *server) rejectProposal() {
	write(s, huma.Operation{
		OperationID: "reject-proposal", Path: "/v1/proposals/{proposal}/reject",
		Tags: inServicing, Summary: "Reject a proposal",
		Description: "By another person than who made it. The loan stays as it is.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Proposal ID[servicing.ProposalID] `path:"proposal"`
	}) (Proposal, error) {
		proposal, err := servicing.RejectProposal(ctx, tx, s.IDs, actor, in.Proposal.Value)
		return proposalOf(proposal), err
	})
}
