package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/customer"
	"openlend/internal/db"
)

func (s *server) getAcceptance() {
	disclose(s, huma.Operation{
		OperationID: "get-acceptance", Path: "/v1/customers/{customer}/acceptances/{terms}",
		Tags: inCustomers, Summary: "See from where terms were accepted",
		Description: "The part of the evidence that is personal data: for yourself, or for staff " +
			"who may, with a purpose. Who was shown it is recorded for ever.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Customer ID[customer.ID]      `path:"customer"`
		Terms    ID[customer.TermsID] `path:"terms"`
		Purpose  string               `query:"purpose" enum:"own,check,support,payout,fraud,law" default:"own"`
	}) (AcceptedFrom, error) {
		from, err := customer.RevealAcceptance(ctx, tx, s.IDs, s.Vault, actor, in.Customer.Value,
			in.Terms.Value, customer.Purpose(in.Purpose))
		return acceptedFrom(from), err
	})
}
