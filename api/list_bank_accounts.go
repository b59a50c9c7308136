package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/customer"
	"openlend/internal/db"
)

func (s *server) listBankAccounts() {
	read(s, huma.Operation{
		OperationID: "list-bank-accounts", Path: "/v1/customers/{customer}/bank-accounts",
		Tags: inCustomers, Summary: "List bank accounts",
		Description: "Newest first.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Customer ID[customer.ID] `path:"customer"`
	}) (List[BankAccount], error) {
		if err := actor.RequireSelf(int64(in.Customer.Value), access.ReadAll); err != nil {
			return List[BankAccount]{}, err
		}
		accounts, err := customer.ListBankAccounts(ctx, tx, in.Customer.Value)
		return wholeList(accounts, bankAccountOf), err
	})
}
