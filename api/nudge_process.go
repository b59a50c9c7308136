package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/db"
	"openlend/internal/saga"
)

func (s *server) nudgeProcess() {
	write(s, huma.Operation{
		OperationID: "nudge-process", Path: "/v1/processes/{process}/nudge", Tags: inPlatform,
		Summary:     "Have a process tried again",
		Description: "Now, when what was wrong is mended.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Process ID[saga.ID] `path:"process"`
	}) (Process, error) {
		if err := actor.Require(access.SagaManage); err != nil {
			return Process{}, err
		}
		nudged, err := saga.Nudge(ctx, tx, in.Process.Value)
		return processOf(nudged), err
	})
}
