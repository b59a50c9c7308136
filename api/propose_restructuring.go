package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/db"
	"openlend/servicing"
)

func (s *server) proposeRestructuring() {
	write(s, huma.Operation{
		OperationID: "propose-restructuring", Path: "/v1/loans/{loan}/restructuring",
		Tags: inServicing, DefaultStatus: http.StatusCreated, Summary: "Propose new terms",
		Description: "That the borrower has asked for; a second person decides. The old schedule is " +
			"kept.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Loan ID[servicing.LoanID] `path:"loan"`
		Body struct {
			Terms   NewTerms `json:"terms"`
			Consent string   `json:"consent" maxLength:"4000" doc:"By what rule or mandate the holders agree."`
			Why     string   `json:"why" maxLength:"4000"`
		}
	}) (Proposal, error) {
		asked := servicing.NewRestructuring{
			Loan: in.Loan.Value, Terms: in.Body.Terms.terms(), Consent: in.Body.Consent,
			Why: in.Body.Why,
		}
		proposal, err := servicing.ProposeRestructuring(ctx, tx, s.IDs, actor, asked)
		return proposalOf(proposal), err
	})
}
