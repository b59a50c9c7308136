package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/db"
	"openlend/origination"
)

func (s *server) proposeProduct() {
	write(s, huma.Operation{
		OperationID: "propose-product", Path: "/v1/products", Tags: inProducts,
		DefaultStatus: http.StatusCreated, Summary: "Propose a product version",
		Description: "A second person approves it; then it is in force from its effective date, and " +
			"never changes.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Body NewProduct
	}) (ProductVersion, error) {
		version, err := origination.ProposeProduct(ctx, tx, actor, origination.Product(in.Body))
		return productVersionOf(version), err
	})
}
