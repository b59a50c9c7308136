package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/db"
	"openlend/market"
)

func (s *server) getListing() {
	read(s, huma.Operation{
		OperationID: "get-listing", Path: "/v1/listings/{listing}", Tags: inMarket, Security: public(),
		Summary:     "Get a listing",
		Description: "With what remains, the minimum, the step and the maximum of bids.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Listing ID[market.ListingID] `path:"listing"`
	}) (Listing, error) {
		listing, err := market.ViewListing(ctx, tx, actor, in.Listing.Value)
		return listingOf(listing), err
	})
}
