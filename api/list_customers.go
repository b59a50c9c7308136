package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/customer"
	"openlend/internal/db"
)

func (s *server) listCustomers() {
	read(s, huma.Operation{
		OperationID: "list-customers", Path: "/v1/customers", Tags: inCustomers,
		Summary:     "List customers",
		Description: "For staff, newest first.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Page[customer.ID]

		Status string `query:"status" enum:"new,verified,frozen"`
	}) (List[Customer], error) {
		if err := actor.Require(access.ReadAll); err != nil {
			return List[Customer]{}, err
		}
		found, err := customer.List(ctx, tx, customer.Query{
			Status: customer.Status(in.Status), After: in.After.Value, Limit: in.Limit,
		})
		return listOf(found, in.Limit, customerOf, customerID), err
	})
}
