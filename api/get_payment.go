package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/db"
	"openlend/servicing"
)

func (s *server) getPayment() {
	read(s, huma.Operation{
		OperationID: "get-payment", Path: "/v1/payments/{payment}", Tags: inServicing,
		Summary:     "Get a payment",
		Description: "Its borrower and staff see it.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Payment ID[servicing.PaymentID] `path:"payment"`
	}) (Payment, error) {
		payment, err := servicing.ShowPayment(ctx, tx, actor, in.Payment.Value)
		return paymentOf(payment), err
	})
}
