package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/db"
	"openlend/origination"
)

func (s *server) listDecisions() {
	read(s, huma.Operation{
		OperationID: "list-decisions", Path: "/v1/applications/{application}/decisions", Tags: inOrigination,
		Summary:     "List the decisions on an application",
		Description: "With reasons and who decided, the first one first: that of the rules.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Application ID[origination.ApplicationID] `path:"application"`
	}) (List[Decision], error) {
		application, err := origination.GetApplication(ctx, tx, in.Application.Value)
		if err != nil {
			return List[Decision]{}, err
		}
		if err := application.VisibleTo(actor); err != nil {
			return List[Decision]{}, err
		}
		decisions, err := origination.ListDecisions(ctx, tx, application.ID)
		return wholeList(decisions, decisionOf), err
	})
}
