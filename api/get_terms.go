package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/customer"
	"openlend/internal/db"
)

func (s *server) getTerms() {
	read(s, huma.Operation{
		OperationID: "get-terms", Path: "/v1/terms/{terms}", Tags: inCustomers,
		Security: public(), Summary: "Get terms",
		Description: "To the byte, also those that are not the newest any more.",
	}, func(ctx context.Context, tx *db.Tx, _ access.Actor, in *struct {
		Terms ID[customer.TermsID] `path:"terms"`
	}) (TermsText, error) {
		terms, err := customer.GetTerms(ctx, tx, in.Terms.Value)
		return TermsText{Terms: termsOf(terms), Text: string(terms.Body)}, err
	})
}
