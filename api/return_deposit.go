package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/custody"
	"openlend/internal/db"
)

func (s *server) returnDeposit() {
	write(s, huma.Operation{
		OperationID: "return-deposit", Path: "/v1/deposits/{deposit}/return", Tags: inMoney,
		Summary:     "Send a deposit back",
		Description: "From suspense to the account that it came from.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Deposit ID[custody.DepositID] `path:"deposit"`
	}) (Deposit, error) {
		deposit, err := custody.ReturnDeposit(ctx, tx, s.IDs, s.Vault, actor, in.Deposit.Value)
		return depositOf(deposit), err
	})
}
