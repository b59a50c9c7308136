package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/custody"
	"openlend/internal/db"
)

func (s *server) getPayoutFreeze() {
	read(s, huma.Operation{
		OperationID: "get-payout-freeze", Path: "/v1/payout-freeze", Tags: inMoney,
		Summary:     "Get the freeze that stands",
		Description: "For staff. 409 when payouts are not frozen.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, _ *struct{}) (PayoutFreeze, error) {
		if err := actor.Require(access.ReadAll); err != nil {
			return PayoutFreeze{}, err
		}
		freeze, err := custody.CurrentFreeze(ctx, tx)
		return freezeOf(freeze), err
	})
}
