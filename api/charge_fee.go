package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/db"
	"openlend/servicing"
)

func (s *server) chargeFee() {
	write(s, huma.Operation{
		OperationID: "charge-fee", Path: "/v1/loans/{loan}/fees", Tags: inServicing,
		Summary:     "Charge a cost",
		Description: "That the borrower has caused: a reminder, a returned debit.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Loan ID[servicing.LoanID] `path:"loan"`
		Body struct {
			Amount  Amount `json:"amount"`
			ValueOn Date   `json:"value_on,omitzero" doc:"The business date when it is left out."`
			Why     string `json:"why" maxLength:"4000"`
		}
	}) (Loan, error) {
		changed, err := servicing.ChargeFee(ctx, tx, s.IDs, actor, servicing.NewFee{
			Loan: in.Loan.Value, Amount: in.Body.Amount.Value, ValueOn: in.Body.ValueOn.Value,
			Why: in.Body.Why,
		})
		return loanOf(changed), err
	})
}
