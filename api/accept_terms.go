package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/customer"
	"openlend/internal/db"
)

func (s *server) acceptTerms() {
	write(s, huma.Operation{
		OperationID: "accept-terms", Path: "/v1/customers/{customer}/acceptances",
		Tags: inCustomers, DefaultStatus: http.StatusCreated, Summary: "Accept terms",
		Description: "Kept for ever: which bytes, when and how. Only the newest version can be " +
			"accepted.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Customer ID[customer.ID] `path:"customer"`
		Body     struct {
			Terms   ID[customer.TermsID] `json:"terms"`
			SHA256  hexadecimal          `json:"sha256" minLength:"64" maxLength:"64" doc:"Of the bytes that the customer was shown."`
			Channel string               `json:"channel" enum:"web,app,api,paper,phone"`
		}
	}) (Acceptance, error) {
		asked := customer.NewAcceptance{
			Customer: in.Customer.Value, Terms: in.Body.Terms.Value, SHA256: in.Body.SHA256.bytes(),
			Channel: customer.Channel(in.Body.Channel), Address: callOf(ctx).address,
		}
		accepted, err := customer.AcceptTerms(ctx, tx, s.IDs, s.Vault, actor, asked)
		return acceptanceOf(accepted), err
	})
}
