package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/db"
	"openlend/internal/saga"
)

func (s *server) getProcess() {
	read(s, huma.Operation{
		OperationID: "get-process", Path: "/v1/processes/{process}", Tags: inPlatform,
		Summary:     "Get a long-running process",
		Description: "For staff.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Process ID[saga.ID] `path:"process"`
	}) (Process, error) {
		if err := actor.Require(access.ReadAll); err != nil {
			return Process{}, err
		}
		found, err := saga.Get(ctx, tx, in.Process.Value)
		return processOf(found), err
	})
}
