package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/customer"
	"openlend/internal/db"
)

func (s *server) removeBankAccount() {
	write(s, huma.Operation{
		OperationID: "remove-bank-account", Path: "/v1/bank-accounts/{bank_account}/remove",
		Tags: inCustomers, Summary: "Remove a bank account",
		Description: "For ever; the same number can be added anew.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		BankAccount ID[customer.BankAccountID] `path:"bank_account"`
	}) (BankAccount, error) {
		account, err := customer.RemoveBankAccount(ctx, tx, s.IDs, actor, in.BankAccount.Value)
		return bankAccountOf(account), err
	})
}
