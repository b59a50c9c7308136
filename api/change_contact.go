package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/customer"
	"openlend/internal/db"
)

func (s *server) changeContact() {
	write(s, huma.Operation{
		OperationID: "change-contact", Method: http.MethodPut,
		Path: "/v1/customers/{customer}/contact", Tags: inCustomers,
		Summary:     "Change how a customer is reached",
		Description: "Phone, e-mail and address, all of them.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Customer ID[customer.ID] `path:"customer"`
		Body     Contact
	}) (Customer, error) {
		changed, err := customer.ChangeContact(ctx, tx, s.IDs, s.Vault, actor, customer.NewContact{
			Customer: in.Customer.Value, Contact: in.Body.contact(),
		})
		return customerOf(changed), err
	})
}
