package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/db"
	"openlend/origination"
)

func (s *server) submitApplication() {
	write(s, huma.Operation{
		OperationID: "submit-application", Path: "/v1/applications/{application}/submit", Tags: inOrigination,
		Summary: "Submit an application",
		Description: "The rules decide at once: it comes back approved, referred to a person, or declined " +
			"with reasons.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Application ID[origination.ApplicationID] `path:"application"`
	}) (Application, error) {
		application, err := origination.SubmitApplication(
			ctx, tx, s.IDs, actor, in.Application.Value)
		return applicationOf(application), err
	})
}
