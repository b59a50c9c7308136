package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/customer"
	"openlend/internal/db"
)

func (s *server) listTerms() {
	read(s, huma.Operation{
		OperationID: "list-terms", Path: "/v1/terms", Tags: inCustomers, Security: public(),
		Summary:     "List the newest terms",
		Description: "In each language they are published in.",
	}, func(ctx context.Context, tx *db.Tx, _ access.Actor, in *struct {
		Kind string `query:"kind" enum:"borrow,lend,privacy" required:"true"`
	}) (List[Terms], error) {
		terms, err := customer.NewestTerms(ctx, tx, customer.TermsKind(in.Kind))
		return wholeList(terms, termsOf), err
	})
}
