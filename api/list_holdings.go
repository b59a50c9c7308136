package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/customer"
	"openlend/internal/db"
	"openlend/note"
)

func (s *server) listHoldings() {
	read(s, huma.Operation{
		OperationID: "list-holdings", Path: "/v1/customers/{customer}/holdings",
		Tags: inServicing, Summary: "List a lender's shares",
		Description: "Newest first.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Page[note.ID]

		Customer ID[customer.ID] `path:"customer"`
		State    string          `query:"state" enum:"active,sold,repaid,written_off"`
	}) (List[Holding], error) {
		notes, err := note.ListHoldings(ctx, tx, actor, in.Customer.Value, note.Query{
			State: note.State(in.State), After: in.After.Value, Limit: in.Limit,
		})
		return listOf(notes, in.Limit, holdingOf, holdingID), err
	})
}
