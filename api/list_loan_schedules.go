package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/db"
	"openlend/servicing"
)

func (s *server) listLoanSchedules() {
	read(s, huma.Operation{
		OperationID: "list-loan-schedules", Path: "/v1/loans/{loan}/schedules",
		Tags: inServicing, Summary: "List the plans a loan has had",
		Description: "The contract's own first; a restructuring or a prepayment makes another.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Loan ID[servicing.LoanID] `path:"loan"`
	}) (List[PlanVersion], error) {
		found, err := servicing.GetLoan(ctx, tx, in.Loan.Value)
		if err == nil {
			err = found.VisibleTo(actor)
		}
		if err != nil {
			return List[PlanVersion]{}, err
		}

		versions, err := servicing.ListVersions(ctx, tx, found.ID)
		return wholeList(versions, planVersionIn(found.Currency)), err
	})
}
