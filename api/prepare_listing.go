package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/db"
	"openlend/market"
)

func (s *server) prepareListing() {
	write(s, huma.Operation{
		OperationID: "prepare-listing", Path: "/v1/listings/{listing}/prepare", Tags: inMarket,
		Summary: "Prepare a listing for review",
		Description: "Says what lenders will read, and hands a draft or a returned listing to a " +
			"second person.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Listing ID[market.ListingID] `path:"listing"`
		Body    struct {
			Title       string `json:"title" maxLength:"480" doc:"One line."`
			Description string `json:"description" maxLength:"16000"`
		}
	}) (Listing, error) {
		listing, err := market.PrepareListing(ctx, tx, actor, market.Preparation{
			Listing: in.Listing.Value, Title: in.Body.Title, Description: in.Body.Description,
		})
		return listingOf(listing), err
	})
}
