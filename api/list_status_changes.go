package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/customer"
	"openlend/internal/db"
)

func (s *server) listStatusChanges() {
	read(s, huma.Operation{
		OperationID: "list-status-changes", Path: "/v1/customers/{customer}/status-changes",
		Tags: inCustomers, Summary: "List how a customer's status has changed",
		Description: "The newest 200, newest first, with reasons; for staff.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Customer ID[customer.ID] `path:"customer"`
	}) (List[StatusChange], error) {
		if err := actor.Require(access.ReadAll); err != nil {
			return List[StatusChange]{}, err
		}
		found, err := customer.ListStatusChanges(ctx, tx, in.Customer.Value, 0, 200)
		return wholeList(found, statusChangeOf), err
	})
}
