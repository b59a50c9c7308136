package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/db"
	"openlend/servicing"
)

func (s *server) listProposals() {
	read(s, huma.Operation{
		OperationID: "list-proposals", Path: "/v1/proposals", Tags: inServicing,
		Summary:     "List proposals",
		Description: "For staff: the open ones, or all of one loan; newest first.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Page[servicing.ProposalID]

		Loan ID[servicing.LoanID] `query:"loan"`
	}) (List[Proposal], error) {
		proposals, err := servicing.ListProposals(ctx, tx, actor, servicing.ProposalQuery{
			Loan: in.Loan.Value, After: in.After.Value, Limit: in.Limit,
		})
		return listOf(proposals, in.Limit, proposalOf, proposalID), err
	})
}
