package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/db"
	"openlend/origination"
)

func (s *server) getProduct() {
	read(s, huma.Operation{
		OperationID: "get-product", Path: "/v1/products/{code}/versions/{version}",
		Tags: inProducts, Summary: "Get a product version",
		Description: "In any state, with its history.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Code    string `path:"code" maxLength:"64" example:"standard-eur"`
		Version int64  `path:"version" minimum:"1"`
	}) (ProductVersion, error) {
		if err := actor.Require(access.ReadAll); err != nil {
			return ProductVersion{}, err
		}
		version, err := origination.GetProductVersion(ctx, tx, in.Code, in.Version)
		return productVersionOf(version), err
	})
}
