package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/customer"
	"openlend/internal/db"
)

func (s *server) unfreezeCustomer() {
	write(s, huma.Operation{
		OperationID: "unfreeze-customer", Path: "/v1/customers/{customer}/unfreeze",
		Tags: inCustomers, Summary: "Release a frozen customer",
		Description: "He is again what he was, or what he has become meanwhile.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Customer ID[customer.ID] `path:"customer"`
		Body     struct {
			Reason string `json:"reason" maxLength:"800" doc:"Without personal data."`
		}
	}) (Customer, error) {
		changed, err := customer.Unfreeze(ctx, tx, s.IDs, actor, customer.NewFreeze{
			Customer: in.Customer.Value, Reason: in.Body.Reason,
		})
		return customerOf(changed), err
	})
}
