package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/db"
	"openlend/servicing"
)

func (s *server) waive() {
	write(s, huma.Operation{
		OperationID: "waive", Path: "/v1/loans/{loan}/waivers", Tags: inServicing,
		Summary:     "Forgive something that is owed",
		Description: "Anything but principal, which belongs to the lenders.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Loan ID[servicing.LoanID] `path:"loan"`
		Body struct {
			Part       string `json:"part" enum:"cost,late_fee,penalty,interest"`
			Instalment int    `json:"instalment,omitempty" minimum:"0" doc:"The oldest first when it is left out."`
			Amount     Amount `json:"amount"`
			Why        string `json:"why" maxLength:"4000"`
		}
	}) (Loan, error) {
		changed, err := servicing.Waive(ctx, tx, s.IDs, actor, servicing.NewWaiver{
			Loan: in.Loan.Value, Part: components[in.Body.Part], Instalment: in.Body.Instalment,
			Amount: in.Body.Amount.Value, Why: in.Body.Why,
		})
		return loanOf(changed), err
	})
}
