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

func (s *server) payLoan() {
	write(s, huma.Operation{
		OperationID: "pay-loan", Path: "/v1/loans/{loan}/pay", Tags: inServicing,
		DefaultStatus: http.StatusCreated, Summary: "Pay a loan from the wallet",
		Description: "The borrower's own order, today. It is allocated at once and reaches the " +
			"lenders in moments.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Loan ID[servicing.LoanID] `path:"loan"`
		Body struct {
			Amount Amount `json:"amount"`
			Rest   string `json:"rest,omitempty" enum:"refund,hold,shorter_term,smaller_instalment" doc:"For what is over; as the product says when it is left out."`
		}
	}) (Payment, error) {
		payment, err := servicing.PayFromWallet(ctx, tx, s.IDs, actor, servicing.NewPayment{
			Loan: in.Loan.Value, Amount: in.Body.Amount.Value,
			Rest: loan.Rest(in.Body.Rest),
		})
		return paymentOf(payment), err
	})
}
