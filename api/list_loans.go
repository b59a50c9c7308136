package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/customer"
	"openlend/internal/db"
	"openlend/servicing"
)

func (s *server) listLoans() {
	read(s, huma.Operation{
		OperationID: "list-loans", Path: "/v1/loans", Tags: inServicing, Summary: "List loans",
		Description: "Your own, or as staff of one borrower or all; newest first.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Page[servicing.LoanID]

		Borrower    ID[customer.ID] `query:"borrower" doc:"Yourself when it is left out; staff: all."`
		State       string          `query:"state" enum:"signing,disbursing,cancelled,active,late,default,charged_off,repaid"`
		DaysPastDue int             `query:"days_past_due" minimum:"0" doc:"At least."`
	}) (List[Loan], error) {
		borrower := self(actor, in.Borrower)
		if err := actor.RequireSelf(int64(borrower), access.ReadAll); err != nil {
			return List[Loan]{}, err
		}
		found, err := servicing.ListLoans(ctx, tx, servicing.Query{
			Borrower: borrower, State: servicing.State(in.State), DaysPastDue: in.DaysPastDue,
			After: in.After.Value, Limit: in.Limit,
		})
		return listOf(found, in.Limit, loanOf, loanID), err
	})
}
