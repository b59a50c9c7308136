package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/db"
	"openlend/origination"
)

func (s *server) rejectProduct() {
	write(s, huma.Operation{
		OperationID: "reject-product", Path: "/v1/products/{code}/versions/{version}/reject",
		Tags: inProducts, Summary: "Reject a product version",
		Description: "For ever, by another person than who proposed it.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Code    string `path:"code" maxLength:"64" example:"standard-eur"`
		Version int64  `path:"version" minimum:"1"`
	}) (ProductVersion, error) {
		version, err := origination.RejectProduct(ctx, tx, actor, in.Code, in.Version)
		return productVersionOf(version), err
	})
}
