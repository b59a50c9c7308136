package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/custody"
	"openlend/internal/db"
)

func (s *server) releasePayouts() {
	write(s, huma.Operation{
		OperationID: "release-payouts", Path: "/v1/payout-freeze/release", Tags: inMoney,
		Summary: "Release payouts",
		Description: "By another person than who froze them, once client money agrees with the bank " +
			"in every currency.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, _ *struct{}) (PayoutFreeze, error) {
		freeze, err := custody.ReleasePayouts(ctx, tx, s.IDs, actor)
		return freezeOf(freeze), err
	})
}
