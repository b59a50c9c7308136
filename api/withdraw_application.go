package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/db"
	"openlend/origination"
)

func (s *server) withdrawApplication() {
	write(s, huma.Operation{
		OperationID: "withdraw-application", Path: "/v1/applications/{application}/withdraw", Tags: inOrigination,
		Summary:     "Withdraw an application",
		Description: "Before its offer is accepted; an open offer goes with it.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Application ID[origination.ApplicationID] `path:"application"`
	}) (Application, error) {
		application, err := origination.WithdrawApplication(
			ctx, tx, s.IDs, actor, in.Application.Value)
		return applicationOf(application), err
	})
}
