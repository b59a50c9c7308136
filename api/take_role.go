package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/customer"
	"openlend/internal/db"
)

func (s *server) takeRole() {
	write(s, huma.Operation{
		OperationID: "take-role", Path: "/v1/customers/{customer}/roles", Tags: inCustomers,
		Summary:     "Let a customer borrow or lend",
		Description: "A role is never taken back: loans and shares stay his.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Customer ID[customer.ID] `path:"customer"`
		Body     struct {
			Borrower bool `json:"borrower"`
			Lender   bool `json:"lender"`
		}
	}) (Customer, error) {
		changed, err := customer.TakeRole(ctx, tx, actor, customer.NewRole{
			Customer: in.Customer.Value, Borrower: in.Body.Borrower, Lender: in.Body.Lender,
		})
		return customerOf(changed), err
	})
}
