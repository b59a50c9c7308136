package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/custody"
	"openlend/internal/db"
)

func (s *server) getPayer() {
	read(s, huma.Operation{
		OperationID: "get-payer", Path: "/v1/deposits/{deposit}/payer", Tags: inMoney,
		Summary:     "See who paid a deposit in",
		Description: "For staff who find out whose it is. Empty when it was never in doubt.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Deposit ID[custody.DepositID] `path:"deposit"`
	}) (Payer, error) {
		payer, err := custody.RevealPayer(ctx, tx, s.Vault, actor, in.Deposit.Value)
		return payerOf(payer), err
	})
}
