package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/db"
	"openlend/servicing"
)

func (s *server) refundRest() {
	write(s, huma.Operation{
		OperationID: "refund-rest", Path: "/v1/payments/{payment}/refund", Tags: inServicing,
		Summary:     "Refund what is left of a payment",
		Description: "To the borrower's wallet; it pays nothing any more.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Payment ID[servicing.PaymentID] `path:"payment"`
		Body    struct {
			Why string `json:"why" maxLength:"4000"`
		}
	}) (Payment, error) {
		payment, err := servicing.RefundRest(ctx, tx, s.IDs, actor, in.Payment.Value, in.Body.Why)
		return paymentOf(payment), err
	})
}
