package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/custody"
	"openlend/customer"
	"openlend/internal/db"
)

func (s *server) identifyDeposit() {
	write(s, huma.Operation{
		OperationID: "identify-deposit", Path: "/v1/deposits/{deposit}/identify",
		Tags: inMoney, Summary: "Say whose a deposit is",
		Description: "By staff who have found out: the money leaves suspense for the wallet.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Deposit ID[custody.DepositID] `path:"deposit"`
		Body    struct {
			Customer ID[customer.ID] `json:"customer"`
		}
	}) (Deposit, error) {
		deposit, err := custody.IdentifyDeposit(
			ctx, tx, s.IDs, actor, in.Deposit.Value, in.Body.Customer.Value)
		return depositOf(deposit), err
	})
}
