package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/customer"
	"openlend/internal/db"
)

func (s *server) listChecks() {
	read(s, huma.Operation{
		OperationID: "list-checks", Path: "/v1/checks", Tags: inCustomers,
		Summary:     "List checks of identity",
		Description: "Of one customer, or as staff of all; newest first.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Page[customer.CheckID]

		Customer ID[customer.ID] `query:"customer" doc:"Yourself when it is left out; staff: all."`
		State    string          `query:"state" enum:"pending,referred,verified,refused"`
	}) (List[Check], error) {
		whose := self(actor, in.Customer)
		if err := actor.RequireSelf(int64(whose), access.ReadAll); err != nil {
			return List[Check]{}, err
		}
		found, err := customer.ListChecks(ctx, tx, customer.CheckQuery{
			Customer: whose, State: customer.CheckState(in.State), After: in.After.Value,
			Limit: in.Limit,
		})
		return listOf(found, in.Limit, checkOf, checkID), err
	})
}
