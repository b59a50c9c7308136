package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/customer"
	"openlend/internal/db"
)

func (s *server) verifyBankAccount() {
	write(s, huma.Operation{
		OperationID: "verify-bank-account", Path: "/v1/bank-accounts/{bank_account}/verify",
		Tags: inCustomers, Summary: "Verify a bank account",
		Description: "By staff who found it to be his own; whoever added it cannot. Nothing is paid " +
			"to it before its cool-off is over.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		BankAccount ID[customer.BankAccountID] `path:"bank_account"`
	}) (BankAccount, error) {
		account, err := customer.VerifyBankAccount(ctx, tx, s.IDs, s.Vault, actor,
			customer.BankAccountCheck{Account: in.BankAccount.Value, CoolOff: s.CoolOff})
		return bankAccountOf(account), err
	})
}
