package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/db"
	"openlend/servicing"
)

func (s *server) returnPayment() {
	write(s, huma.Operation{
		OperationID: "return-payment", Path: "/v1/payments/{payment}/return",
		Tags: inServicing, Summary: "Take a payment back",
		Description: "One that bounced, or was recorded by mistake: what it had paid is taken back " +
			"by mirror entries, and later payments pay again in its place.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Payment ID[servicing.PaymentID] `path:"payment"`
		Body    struct {
			Why string `json:"why" maxLength:"4000"`
		}
	}) (Payment, error) {
		payment, err := servicing.ReturnPayment(
			ctx, tx, s.IDs, actor, in.Payment.Value, in.Body.Why)
		return paymentOf(payment), err
	})
}
