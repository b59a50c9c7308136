package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/closing"
	"openlend/internal/db"
)

func (s *server) getClosing() {
	read(s, huma.Operation{
		OperationID: "get-closing", Path: "/v1/closings/{on}", Tags: inPlatform,
		Summary:     "Get the report of a closing",
		Description: "For staff: what ending a business date did, step by step.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		On Date `path:"on"`
	}) (Closing, error) {
		if err := actor.Require(access.ReadAll); err != nil {
			return Closing{}, err
		}
		run, err := closing.GetRun(ctx, tx, in.On.Value)
		return closingOf(run), err
	})
}
