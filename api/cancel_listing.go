package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/db"
	"openlend/market"
)

func (s *server) cancelListing() {
	write(s, huma.Operation{
		OperationID: "cancel-listing", Path: "/v1/listings/{listing}/cancel", Tags: inMarket,
		Summary:     "Cancel a listing",
		Description: "Before its bids have become shares; every lender has his money back.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Listing ID[market.ListingID] `path:"listing"`
		Body    struct {
			Why string `json:"why" maxLength:"4000"`
		}
	}) (Listing, error) {
		listing, err := market.CancelListing(ctx, tx, s.IDs, actor, in.Listing.Value, in.Body.Why)
		return listingOf(listing), err
	})
}
