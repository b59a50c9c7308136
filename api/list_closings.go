package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/closing"
	"openlend/internal/db"
)

func (s *server) listClosings() {
	read(s, huma.Operation{
		OperationID: "list-closings", Path: "/v1/closings", Tags: inPlatform,
		Summary:     "List closings",
		Description: "For staff, the latest date first.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		After Date `query:"after" doc:"The last date of the page before."`
		Limit int  `query:"limit" minimum:"1" maximum:"200" default:"50"`
	}) (List[Closing], error) {
		if err := actor.Require(access.ReadAll); err != nil {
			return List[Closing]{}, err
		}
		runs, err := closing.ListRuns(
			ctx, tx, closing.Query{After: in.After.Value, Limit: in.Limit})
		return datedList(runs, in.Limit), err
	})
}
