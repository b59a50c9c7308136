package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/db"
	"openlend/origination"
)

func (s *server) listProposedProducts() {
	read(s, huma.Operation{
		OperationID: "list-proposed-products", Path: "/v1/proposed-products", Tags: inProducts,
		Summary:     "List product versions that wait",
		Description: "For a second person, the oldest first.",
	}, func(
		ctx context.Context, tx *db.Tx, actor access.Actor, _ *struct{},
	) (List[ProductVersion], error) {
		if err := actor.Require(access.ReadAll); err != nil {
			return List[ProductVersion]{}, err
		}
		versions, err := origination.ListProposedProducts(ctx, tx)
		return wholeList(versions, productVersionOf), err
	})
}
