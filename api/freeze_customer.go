package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/customer"
	"openlend/internal/db"
)

func (s *server) freezeCustomer() {
	write(s, huma.Operation{
		OperationID: "freeze-customer", Path: "/v1/customers/{customer}/freeze",
		Tags: inCustomers, Summary: "Freeze a customer",
		Description: "He borrows, lends and withdraws no more; money may still come in.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Customer ID[customer.ID] `path:"customer"`
		Body     struct {
			Reason string `json:"reason" maxLength:"800" doc:"Without personal data."`
		}
	}) (Customer, error) {
		changed, err := customer.Freeze(ctx, tx, s.IDs, actor, customer.NewFreeze{
			Customer: in.Customer.Value, Reason: in.Body.Reason,
		})
		return customerOf(changed), err
	})
}
