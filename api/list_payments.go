package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/db"
	"openlend/servicing"
)

func (s *server) listPayments() {
	read(s, huma.Operation{
		OperationID: "list-payments", Path: "/v1/loans/{loan}/payments", Tags: inServicing,
		Summary:     "List the payments of a loan",
		Description: "Newest first.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Page[servicing.PaymentID]

		Loan ID[servicing.LoanID] `path:"loan"`
	}) (List[Payment], error) {
		found, err := servicing.GetLoan(ctx, tx, in.Loan.Value)
		if err == nil {
			err = found.VisibleTo(actor)
		}
		if err != nil {
			return List[Payment]{}, err
		}

		payments, err := servicing.ListPayments(ctx, tx, found.ID, in.After.Value, in.Limit)
		return listOf(payments, in.Limit, paymentOf, paymentID), err
	})
}
