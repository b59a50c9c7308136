package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/db"
	"openlend/market"
)

func (s *server) submitFunding() {
	write(s, huma.Operation{
		OperationID: "submit-funding", Path: "/v1/listings/{listing}/submit-funding", Tags: inMarket,
		Summary:     "Hand a funded listing to the final review",
		Description: "Whoever submits it cannot release it.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Listing ID[market.ListingID] `path:"listing"`
	}) (Listing, error) {
		listing, err := market.SubmitFunding(ctx, tx, actor, in.Listing.Value)
		return listingOf(listing), err
	})
}
