package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/custody"
	"openlend/internal/db"
)

func (s *server) cancelWithdrawal() {
	write(s, huma.Operation{
		OperationID: "cancel-withdrawal", Path: "/v1/payouts/{payout}/cancel", Tags: inMoney,
		Summary:     "Cancel a withdrawal",
		Description: "Before the bank is told of it.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Payout ID[custody.PayoutID] `path:"payout"`
	}) (Payout, error) {
		payout, err := custody.CancelWithdrawal(ctx, tx, s.IDs, actor, in.Payout.Value)
		return payoutOf(payout), err
	})
}
