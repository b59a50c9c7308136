package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/customer"
	"openlend/internal/db"
)

func (s *server) getBankAccount() {
	disclose(s, huma.Operation{
		OperationID: "get-bank-account", Path: "/v1/bank-accounts/{bank_account}",
		Tags: inCustomers, Summary: "See the number of a bank account",
		Description: "Your own, or as staff who may, with a purpose. Who was shown it is recorded " +
			"for ever.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		BankAccount ID[customer.BankAccountID] `path:"bank_account"`
		Purpose     string                     `query:"purpose" enum:"own,check,support,payout,fraud,law" default:"own"`
	}) (BankDetails, error) {
		d, err := customer.ShowBankAccount(ctx, tx, s.IDs, s.Vault, actor, in.BankAccount.Value,
			customer.Purpose(in.Purpose))
		return BankDetails{Account: d.Account, Holder: d.Holder, Country: d.Country}, err
	})
}
