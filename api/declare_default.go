package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/db"
	"openlend/servicing"
)

func (s *server) declareDefault() {
	write(s, huma.Operation{
		OperationID: "declare-default", Path: "/v1/loans/{loan}/default", Tags: inServicing,
		Summary:     "Declare a default",
		Description: "By an event, such as insolvency or fraud, before the days past due do.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Loan ID[servicing.LoanID] `path:"loan"`
		Body struct {
			Why string `json:"why" maxLength:"4000"`
		}
	}) (Loan, error) {
		changed, err := servicing.DeclareDefault(ctx, tx, s.IDs, actor, in.Loan.Value, in.Body.Why)
		return loanOf(changed), err
	})
}
