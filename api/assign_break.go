package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/custody"
	"openlend/internal/db"
)

func (s *server) assignBreak() {
	write(s, huma.Operation{
		OperationID: "assign-break", Path: "/v1/breaks/{break}/assign", Tags: inMoney,
		Summary:     "Make a disagreement somebody's work",
		Description: "A principal, as in staff:alice.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Break ID[custody.BreakID] `path:"break"`
		Body  struct {
			Owner string `json:"owner" maxLength:"200" example:"staff:alice"`
		}
	}) (Break, error) {
		assigned, err := custody.AssignBreak(ctx, tx, actor, in.Break.Value, in.Body.Owner)
		return breakOf(assigned), err
	})
}
