package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/db"
	"openlend/origination"
)

func (s *server) listProductVersions() {
	read(s, huma.Operation{
		OperationID: "list-product-versions", Path: "/v1/products/{code}/versions",
		Tags: inProducts, Summary: "List the versions of a product",
		Description: "For staff, newest first.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Code string `path:"code" maxLength:"64" example:"standard-eur"`
	}) (List[ProductVersion], error) {
		if err := actor.Require(access.ReadAll); err != nil {
			return List[ProductVersion]{}, err
		}
		versions, err := origination.ListProductVersions(ctx, tx, in.Code)
		return wholeList(versions, productVersionOf), err
	})
}
