package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/db"
	"openlend/servicing"
)

func (s *server) approveProposal() {
	write(s, huma.Operation{
		OperationID: "approve-proposal", Path: "/v1/proposals/{proposal}/approve",
		Tags: inServicing, Summary: "Approve a proposal",
		Description: "By another person than who made it. It becomes a fact of the loan on the " +
			"business date.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Proposal ID[servicing.ProposalID] `path:"proposal"`
	}) (Proposal, error) {
		proposal, err := servicing.ApproveProposal(ctx, tx, s.IDs, actor, in.Proposal.Value)
		return proposalOf(proposal), err
	})
}
