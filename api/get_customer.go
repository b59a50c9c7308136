package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/customer"
	"openlend/internal/db"
)

func (s *server) getCustomer() {
	read(s, huma.Operation{
		OperationID: "get-customer", Path: "/v1/customers/{customer}", Tags: inCustomers,
		Summary:     "Get a customer",
		Description: "Yourself, or as staff anybody. Who he is stands in his identity.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Customer ID[customer.ID] `path:"customer"`
	}) (Customer, error) {
		if err := actor.RequireSelf(int64(in.Customer.Value), access.ReadAll); err != nil {
			return Customer{}, err
		}
		found, err := customer.Get(ctx, tx, in.Customer.Value)
		return customerOf(found), err
	})
}
