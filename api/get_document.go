package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/customer"
	"openlend/internal/db"
)

func (s *server) getDocument() {
	disclose(s, huma.Operation{
		OperationID: "get-document", Path: "/v1/checks/{check}/document", Tags: inCustomers,
		Summary: "See the document of a check",
		Description: "Your own, or as staff who may, with a purpose: whoever decides a check that " +
			"was referred has to see it. Who was shown it is recorded for ever.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Check   ID[customer.CheckID] `path:"check"`
		Purpose string               `query:"purpose" enum:"own,check,support,payout,fraud,law" default:"own"`
	}) (Document, error) {
		d, err := customer.RevealDocument(ctx, tx, s.IDs, s.Vault, actor, in.Check.Value,
			customer.Purpose(in.Purpose))
		return documentOf(d), err
	})
}
