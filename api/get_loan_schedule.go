package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/db"
	"openlend/servicing"
)

func (s *server) getLoanSchedule() {
	read(s, huma.Operation{
		OperationID: "get-loan-schedule", Path: "/v1/loans/{loan}/schedule", Tags: inServicing,
		Summary: "Get a loan's schedule",
		Description: "The plan in force at the end of the business date: what is due, paid and " +
			"waived on each instalment.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Loan ID[servicing.LoanID] `path:"loan"`
	}) (LoanPlan, error) {
		found, err := servicing.GetLoan(ctx, tx, in.Loan.Value)
		if err == nil {
			err = found.VisibleTo(actor)
		}
		if err != nil {
			return LoanPlan{}, err
		}

		account, err := servicing.GetAccount(ctx, tx, found.ID)
		return loanPlanOf(account), err
	})
}
