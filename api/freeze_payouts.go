package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/custody"
	"openlend/internal/db"
)

func (s *server) freezePayouts() {
	write(s, huma.Operation{
		OperationID: "freeze-payouts", Path: "/v1/payout-freeze", Tags: inMoney,
		DefaultStatus: http.StatusCreated, Summary: "Freeze all payouts",
		Description: "No order goes to the bank until somebody else releases them. While a freeze " +
			"stands, that one is answered.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Body struct {
			Reason string `json:"reason" maxLength:"2000"`
		}
	}) (PayoutFreeze, error) {
		freeze, err := custody.FreezePayouts(ctx, tx, s.IDs, actor, in.Body.Reason)
		return freezeOf(freeze), err
	})
}
