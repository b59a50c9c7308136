package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/customer"
	"openlend/internal/db"
)

func (s *server) getIdentity() {
	disclose(s, huma.Operation{
		OperationID: "get-identity", Path: "/v1/customers/{customer}/identity", Tags: inCustomers,
		Summary: "See who a customer is",
		Description: "Yourself, or as staff who may, with a purpose. Who was shown it, when and " +
			"what for is recorded for ever.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Customer ID[customer.ID] `path:"customer"`
		Purpose  string          `query:"purpose" enum:"own,check,support,payout,fraud,law" default:"own"`
	}) (Identity, error) {
		identity, err := customer.Reveal(ctx, tx, s.IDs, s.Vault, actor, in.Customer.Value,
			customer.Purpose(in.Purpose))
		return identityOf(identity), err
	})
}
