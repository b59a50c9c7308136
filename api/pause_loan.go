package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/db"
	"openlend/servicing"
)

func (s *server) pauseLoan() {
	write(s, huma.Operation{
		OperationID: "pause-loan", Path: "/v1/loans/{loan}/pause", Tags: inServicing,
		Summary: "Grant a hardship pause",
		Description: "No late fee, no penalty and no day past due arises in it; contract interest " +
			"goes on.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Loan ID[servicing.LoanID] `path:"loan"`
		Body struct {
			From  Date   `json:"from,omitzero" doc:"The business date when it is left out."`
			Until Date   `json:"until" doc:"The first day that counts again."`
			Why   string `json:"why" maxLength:"4000"`
		}
	}) (Loan, error) {
		changed, err := servicing.Pause(ctx, tx, s.IDs, actor, servicing.NewPause{
			Loan: in.Loan.Value, From: in.Body.From.Value, Until: in.Body.Until.Value,
			Why: in.Body.Why,
		})
		return loanOf(changed), err
	})
}
