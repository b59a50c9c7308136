package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/custody"
	"openlend/internal/db"
)

func (s *server) getDeposit() {
	read(s, huma.Operation{
		OperationID: "get-deposit", Path: "/v1/deposits/{deposit}", Tags: inMoney,
		Summary:     "Get a deposit",
		Description: "Money that came in.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Deposit ID[custody.DepositID] `path:"deposit"`
	}) (Deposit, error) {
		deposit, err := custody.GetDeposit(ctx, tx, actor, in.Deposit.Value)
		return depositOf(deposit), err
	})
}
