package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/db"
	"openlend/origination"
)

func (s *server) listProducts() {
	read(s, huma.Operation{
		OperationID: "list-products", Path: "/v1/products", Tags: inProducts,
		Security: public(), Summary: "List the products in force",
		Description: "By code.",
	}, func(ctx context.Context, tx *db.Tx, _ access.Actor, in *struct {
		On Date `query:"on" doc:"The business date when it is left out."`
	}) (List[Product], error) {
		on, err := businessDateOr(ctx, tx, in.On)
		if err != nil {
			return List[Product]{}, err
		}
		products, err := origination.ListProducts(ctx, tx, on)
		return wholeList(products, productOf), err
	})
}
