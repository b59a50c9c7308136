package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/customer"
	"openlend/internal/db"
	"openlend/servicing"
)

func (s *server) listClaims() {
	read(s, huma.Operation{
		OperationID: "list-claims", Path: "/v1/claims", Tags: inServicing,
		Summary:     "List what customers owe back",
		Description: "Your own, or as staff those on one customer or everybody; the oldest first.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Page[servicing.ClaimID]

		Customer ID[customer.ID] `query:"customer" doc:"Yourself when it is left out; staff: all."`
	}) (List[Claim], error) {
		claims, err := servicing.ListClaims(
			ctx, tx, actor, self(actor, in.Customer), in.After.Value, in.Limit)
		return listOf(claims, in.Limit, claimOf, claimID), err
	})
}
