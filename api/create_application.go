package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/customer"
	"openlend/internal/db"
	"openlend/origination"
)

func (s *server) createApplication() {
	write(s, huma.Operation{
		OperationID: "create-application", Path: "/v1/applications", Tags: inOrigination, DefaultStatus: http.StatusCreated,
		Summary: "Apply for a loan",
		Description: "Opens a draft under the product that is in force today. Submit it to have it " +
			"decided.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Body struct {
			LoanRequest

			Product  string          `json:"product" maxLength:"64" example:"standard-eur"`
			Borrower ID[customer.ID] `json:"borrower,omitzero" doc:"Yourself when it is left out."`
		}
	}) (Application, error) {
		request, err := in.Body.request()
		if err != nil {
			return Application{}, err
		}
		asked := origination.NewApplication{
			Borrower: self(actor, in.Body.Borrower), Product: in.Body.Product, Request: request,
		}
		draft, err := origination.CreateApplication(ctx, tx, s.IDs, actor, asked)
		return applicationOf(draft), err
	})
}
