package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/db"
	"openlend/origination"
)

func (s *server) getApplication() {
	read(s, huma.Operation{
		OperationID: "get-application", Path: "/v1/applications/{application}", Tags: inOrigination,
		Summary:     "Get an application",
		Description: "Its borrower and staff see it.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Application ID[origination.ApplicationID] `path:"application"`
	}) (Application, error) {
		application, err := origination.GetApplication(ctx, tx, in.Application.Value)
		if err != nil {
			return Application{}, err
		}
		return applicationOf(application), application.VisibleTo(actor)
	})
}
