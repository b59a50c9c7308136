package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/customer"
	"openlend/internal/db"
	"openlend/ledger"
)

func (s *server) listWallets() {
	read(s, huma.Operation{
		OperationID: "list-wallets", Path: "/v1/customers/{customer}/wallets",
		Tags: inMoney, Summary: "List a customer's wallets",
		Description: "What he has, what is held and what he may spend, in each currency.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Customer ID[customer.ID] `path:"customer"`
	}) (List[Wallet], error) {
		if err := actor.RequireSelf(int64(in.Customer.Value), access.ReadAll); err != nil {
			return List[Wallet]{}, err
		}
		accounts, err := ledger.AccountsOf(ctx, tx, int64(in.Customer.Value))
		return List[Wallet]{Items: walletsOf(accounts)}, err
	})
}
