package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/custody"
	"openlend/internal/db"
)

func (s *server) closeBreak() {
	write(s, huma.Operation{
		OperationID: "close-break", Path: "/v1/breaks/{break}/close", Tags: inMoney,
		Summary:     "Close a disagreement",
		Description: "It is explained and mended. It moves no money.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Break ID[custody.BreakID] `path:"break"`
		Body  struct {
			Note string `json:"note" maxLength:"2000"`
		}
	}) (Break, error) {
		closed, err := custody.CloseBreak(ctx, tx, actor, in.Break.Value, in.Body.Note)
		return breakOf(closed), err
	})
}
