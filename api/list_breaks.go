package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/custody"
	"openlend/internal/db"
)

func (s *server) listBreaks() {
	read(s, huma.Operation{
		OperationID: "list-breaks", Path: "/v1/breaks", Tags: inMoney,
		Summary:     "List disagreements with the bank",
		Description: "For staff, newest first.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Page[custody.BreakID]

		State string `query:"state" enum:"open,closed"`
	}) (List[Break], error) {
		found, err := custody.ListBreaks(ctx, tx, actor, custody.BreakQuery{
			State: custody.BreakState(in.State), After: in.After.Value, Limit: in.Limit,
		})
		return listOf(found, in.Limit, breakOf, breakID), err
	})
}
