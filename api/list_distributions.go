package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/db"
	"openlend/servicing"
)

func (s *server) listDistributions() {
	read(s, huma.Operation{
		OperationID: "list-distributions", Path: "/v1/loans/{loan}/distributions",
		Tags: inServicing, Summary: "List the distributions of a loan",
		Description: "How each payment went to the holders, newest first.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Page[servicing.DistributionID]

		Loan ID[servicing.LoanID] `path:"loan"`
	}) (List[Distribution], error) {
		found, err := servicing.GetLoan(ctx, tx, in.Loan.Value)
		if err == nil {
			err = found.VisibleTo(actor)
		}
		if err != nil {
			return List[Distribution]{}, err
		}

		distributions, err := servicing.ListDistributions(
			ctx, tx, found.ID, in.After.Value, in.Limit)
		return listOf(distributions, in.Limit, distributionOf, distributionID), err
	})
}
