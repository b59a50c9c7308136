package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/customer"
	"openlend/internal/db"
	"openlend/ledger"
)

func (s *server) listWalletStatement() {
	read(s, huma.Operation{
		OperationID: "list-wallet-statement",
		Path:        "/v1/customers/{customer}/wallets/{currency}/statement", Tags: inMoney,
		Summary:     "Read a wallet's statement",
		Description: "Every movement with the balance after it, newest first.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Customer ID[customer.ID] `path:"customer"`
		Currency string          `path:"currency" minLength:"3" maxLength:"3" example:"EUR"`
		From     Date            `query:"from" doc:"First business date."`
		To       Date            `query:"to" doc:"Last business date."`
		After    string          `query:"after" maxLength:"128"`
		Limit    int             `query:"limit" minimum:"1" maximum:"200" default:"50"`
	}) (Statement, error) {
		if err := actor.RequireSelf(int64(in.Customer.Value), access.ReadAll); err != nil {
			return Statement{}, err
		}
		wallet, err := ledger.FindAccounts(ctx, tx, walletIn(int64(in.Customer.Value), in.Currency))
		if err != nil {
			return Statement{}, err
		}
		page, err := ledger.Statement(ctx, tx, ledger.StatementQuery{
			Account: wallet[0].ID, From: in.From.Value, To: in.To.Value, Limit: in.Limit,
			After: in.After,
		})
		return statementOf(page), err
	})
}
