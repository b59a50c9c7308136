package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/db"
	"openlend/origination"
)

func (s *server) approveProduct() {
	write(s, huma.Operation{
		OperationID: "approve-product", Path: "/v1/products/{code}/versions/{version}/approve",
		Tags: inProducts, Summary: "Approve a product version",
		Description: "By another person than who proposed it, before its effective date has passed.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Code    string `path:"code" maxLength:"64" example:"standard-eur"`
		Version int64  `path:"version" minimum:"1"`
	}) (ProductVersion, error) {
		version, err := origination.ApproveProduct(ctx, tx, s.IDs, actor, in.Code, in.Version)
		return productVersionOf(version), err
	})
}
