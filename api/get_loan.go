package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/db"
	"openlend/servicing"
)

func (s *server) getLoan() {
	read(s, huma.Operation{
		OperationID: "get-loan", Path: "/v1/loans/{loan}", Tags: inServicing,
		Summary:     "Get a loan",
		Description: "As it stood at the end of as_of. Its borrower and staff see it.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Loan ID[servicing.LoanID] `path:"loan"`
	}) (Loan, error) {
		found, err := servicing.GetLoan(ctx, tx, in.Loan.Value)
		if err != nil {
			return Loan{}, err
		}
		return loanOf(found), found.VisibleTo(actor)
	})
}
