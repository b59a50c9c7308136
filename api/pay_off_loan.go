package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/db"
	"openlend/servicing"
)

func (s *server) payOffLoan() {
	write(s, huma.Operation{
		OperationID: "pay-off-loan", Path: "/v1/loans/{loan}/pay-off", Tags: inServicing,
		DefaultStatus: http.StatusCreated, Summary: "Repay a loan in full",
		Description: "From the wallet, by the quote of the business date; 409 " +
			"servicing.quote_changed when it is another one by now.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Loan ID[servicing.LoanID] `path:"loan"`
		Body struct {
			Total Amount `json:"total" doc:"As quoted for today."`
		}
	}) (Payment, error) {
		payment, err := servicing.PayOff(ctx, tx, s.IDs, actor, servicing.NewPayoff{
			Loan: in.Loan.Value, Total: in.Body.Total.Value,
		})
		return paymentOf(payment), err
	})
}
