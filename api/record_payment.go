package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/db"
	"openlend/loan"
	"openlend/servicing"
)

func (s *server) recordPayment() {
	write(s, huma.Operation{
		OperationID: "record-payment", Path: "/v1/loans/{loan}/payments", Tags: inServicing,
		DefaultStatus: http.StatusCreated, Summary: "Record a payment",
		Description: "By staff, for money that came by bank: it is in the borrower's wallet by then " +
			"and is taken from there. A value date in the past makes history anew.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Loan ID[servicing.LoanID] `path:"loan"`
		Body struct {
			Amount    Amount `json:"amount"`
			ValueOn   Date   `json:"value_on,omitzero" doc:"The business date when it is left out."`
			Rest      string `json:"rest,omitempty" enum:"refund,hold,shorter_term,smaller_instalment"`
			Reference string `json:"reference,omitempty" maxLength:"140" doc:"Of the bank's line that brought it; recorded once."`
			Why       string `json:"why,omitempty" maxLength:"4000"`
		}
	}) (Payment, error) {
		b := &in.Body
		payment, err := servicing.RecordPayment(ctx, tx, s.IDs, actor, servicing.NewPayment{
			Loan: in.Loan.Value, Amount: b.Amount.Value,
			ValueOn: b.ValueOn.Value, Rest: loan.Rest(b.Rest), Reference: b.Reference, Why: b.Why,
		})
		return paymentOf(payment), err
	})
}
