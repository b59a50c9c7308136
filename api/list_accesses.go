package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/customer"
	"openlend/internal/db"
)

func (s *server) listAccesses() {
	read(s, huma.Operation{
		OperationID: "list-accesses", Path: "/v1/customers/{customer}/accesses",
		Tags: inCustomers, Summary: "List who was shown a customer's personal data",
		Description: "The newest 200, newest first; for himself too.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Customer ID[customer.ID] `path:"customer"`
	}) (List[Access], error) {
		if err := actor.RequireSelf(int64(in.Customer.Value), access.ReadAll); err != nil {
			return List[Access]{}, err
		}
		found, err := customer.ListAccesses(ctx, tx, in.Customer.Value, 0, 200)
		return wholeList(found, accessOf), err
	})
}
