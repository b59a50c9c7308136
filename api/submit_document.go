package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/customer"
	"openlend/internal/db"
)

func (s *server) submitDocument() {
	write(s, huma.Operation{
		OperationID: "submit-document", Path: "/v1/customers/{customer}/documents",
		Tags: inCustomers, DefaultStatus: http.StatusCreated,
		Summary: "Hand a document in to be checked",
		Description: "It proves who the customer is. The check is made afterwards: ask for it with " +
			"list-checks.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Customer ID[customer.ID] `path:"customer"`
		Body     struct {
			Kind      string `json:"kind" enum:"id_card,passport,residence_permit,register_extract"`
			Number    string `json:"number" maxLength:"160"`
			Name      string `json:"name" maxLength:"400" doc:"As printed on it."`
			BirthDate Date   `json:"birth_date" doc:"Of a company: the day it was founded."`
			Issuer    string `json:"issuer" maxLength:"8" doc:"ISO 3166-1."`
			IssuedOn  Date   `json:"issued_on"`
			ExpiresOn Date   `json:"expires_on,omitzero" doc:"The last day it is good; never when it is left out."`
		}
	}) (Check, error) {
		b := &in.Body
		check, err := customer.SubmitDocument(ctx, tx, s.IDs, s.Vault, actor, customer.NewDocument{
			Customer: in.Customer.Value,
			Document: customer.Document{
				Kind: customer.DocumentKind(b.Kind), Number: b.Number, Name: b.Name,
				BirthOn: b.BirthDate.Value, Issuer: b.Issuer, IssuedOn: b.IssuedOn.Value,
				ExpiresOn: b.ExpiresOn.Value,
			},
		})
		return checkOf(check), err
	})
}
