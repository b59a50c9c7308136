package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/custody"
	"openlend/customer"
	"openlend/internal/db"
)

func (s *server) requestWithdrawal() {
	write(s, huma.Operation{
		OperationID: "request-withdrawal", Path: "/v1/customers/{customer}/withdrawals",
		Tags: inMoney, DefaultStatus: http.StatusCreated, Summary: "Withdraw money",
		Description: "From the wallet to the customer's own verified bank account. The amount is " +
			"held, then sent to the bank.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Customer ID[customer.ID] `path:"customer"`
		Body     struct {
			Amount Amount `json:"amount"`
		}
	}) (Payout, error) {
		payout, err := custody.RequestWithdrawal(ctx, tx, s.IDs, actor, custody.NewWithdrawal{
			Customer: in.Customer.Value, Amount: in.Body.Amount.Value,
		})
		return payoutOf(payout), err
	})
}
