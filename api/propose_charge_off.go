package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/db"
	"openlend/servicing"
)

func (s *server) proposeChargeOff() {
	write(s, huma.Operation{
		OperationID: "propose-charge-off", Path: "/v1/loans/{loan}/charge-off",
		Tags: inServicing, DefaultStatus: http.StatusCreated,
		Summary:     "Propose to charge a loan off",
		Description: "One that is in default; a second person decides.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Loan ID[servicing.LoanID] `path:"loan"`
		Body struct {
			Why string `json:"why" maxLength:"4000"`
		}
	}) (Proposal, error) {
		proposal, err := servicing.ProposeChargeOff(
			ctx, tx, s.IDs, actor, in.Loan.Value, in.Body.Why)
		return proposalOf(proposal), err
	})
}
