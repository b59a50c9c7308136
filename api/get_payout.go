package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/custody"
	"openlend/internal/db"
)

func (s *server) getPayout() {
	read(s, huma.Operation{
		OperationID: "get-payout", Path: "/v1/payouts/{payout}", Tags: inMoney,
		Summary:     "Get a payout",
		Description: "Where money on its way out stands.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Payout ID[custody.PayoutID] `path:"payout"`
	}) (Payout, error) {
		payout, err := custody.GetPayout(ctx, tx, actor, in.Payout.Value)
		return payoutOf(payout), err
	})
}
