package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/db"
	"openlend/internal/saga"
)

func (s *server) listProcesses() {
	read(s, huma.Operation{
		OperationID: "list-processes", Path: "/v1/processes", Tags: inPlatform,
		Summary: "List long-running processes",
		Description: "For staff: those that have not ended and why they wait, or those in a state; " +
			"newest first.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Page[saga.ID]

		Kind  string `query:"kind" maxLength:"64"`
		State string `query:"state" enum:"running,waiting,undoing,stuck,done,undone"`
	}) (List[Process], error) {
		if err := actor.Require(access.ReadAll); err != nil {
			return List[Process]{}, err
		}
		found, err := saga.List(ctx, tx, saga.Query{
			Kind: in.Kind, State: saga.State(in.State), After: in.After.Value, Limit: in.Limit,
		})
		return listOf(found, in.Limit, processOf, processID), err
	})
}
