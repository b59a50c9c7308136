package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/db"
	"openlend/servicing"
)

func (s *server) recordRecovery() {
	write(s, huma.Operation{
		OperationID: "record-recovery", Path: "/v1/loans/{loan}/recoveries", Tags: inServicing,
		DefaultStatus: http.StatusCreated, Summary: "Record a recovery",
		Description: "What a collector got from the borrower of a loan in default or charged off, " +
			"and what he kept of it. What has come in is a deposit in the borrower's wallet by then and " +
			"is taken from there.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Loan ID[servicing.LoanID] `path:"loan"`
		Body struct {
			Amount    Amount  `json:"amount" doc:"What the borrower paid."`
			Cost      *Amount `json:"cost,omitempty" doc:"What the collector kept of it; nothing when it is left out."`
			ValueOn   Date    `json:"value_on,omitzero" doc:"The business date when it is left out."`
			Reference string  `json:"reference,omitempty" maxLength:"140" doc:"Of the bank's line; recorded once."`
			Why       string  `json:"why,omitempty" maxLength:"4000"`
		}
	}) (Payment, error) {
		b := &in.Body
		payment, err := servicing.RecordRecovery(ctx, tx, s.IDs, actor, servicing.NewRecovery{
			Loan: in.Loan.Value, Amount: b.Amount.Value,
			Cost: optional(b.Cost, b.Amount.Value.Currency()), ValueOn: b.ValueOn.Value,
			Reference: b.Reference, Why: b.Why,
		})
		return paymentOf(payment), err
	})
}
