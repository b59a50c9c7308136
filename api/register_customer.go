package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/customer"
	"openlend/internal/db"
)

func (s *server) registerCustomer() {
	write(s, huma.Operation{
		OperationID: "register-customer", Path: "/v1/customers", Tags: inCustomers,
		DefaultStatus: http.StatusCreated, Summary: "Register a customer",
		Description: "By staff, for somebody who asked for it. His identity is not verified yet. " +
			"Personal data is stored sealed; the answer has none.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Body struct {
			Identity

			Kind     string `json:"kind" enum:"person,company"`
			Borrower bool   `json:"borrower"`
			Lender   bool   `json:"lender"`
		}
	}) (Customer, error) {
		registered, err := customer.Register(ctx, tx, s.IDs, s.Vault, actor, customer.NewCustomer{
			Kind: customer.Kind(in.Body.Kind), Borrower: in.Body.Borrower, Lender: in.Body.Lender,
			Identity: in.Body.identity(),
		})
		return customerOf(registered), err
	})
}
