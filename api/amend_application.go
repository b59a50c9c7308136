package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/db"
	"openlend/origination"
)

func (s *server) amendApplication() {
	write(s, huma.Operation{
		OperationID: "amend-application", Method: http.MethodPut, Path: "/v1/applications/{application}", Tags: inOrigination,
		Summary:     "Change a draft",
		Description: "Replaces all of what a draft asks for.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Application ID[origination.ApplicationID] `path:"application"`
		Body        LoanRequest
	}) (Application, error) {
		request, err := in.Body.request()
		if err != nil {
			return Application{}, err
		}
		application, err := origination.AmendApplication(
			ctx, tx, actor, in.Application.Value, request)
		return applicationOf(application), err
	})
}
