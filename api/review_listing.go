package api

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/db"
	"openlend/market"
)

func (s *server) reviewListing() {
	write(s, huma.Operation{
		OperationID: "review-listing", Path: "/v1/listings/{listing}/review", Tags: inMarket,
		Summary: "Publish, return or refuse a listing",
		Description: "By somebody else than who prepared it. A published listing opens at once, or " +
			"at opens_at.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Listing ID[market.ListingID] `path:"listing"`
		Body    struct {
			Decision string    `json:"decision" enum:"publish,return,refuse"`
			OpensAt  time.Time `json:"opens_at,omitzero" doc:"Only to publish; at once when it is left out."`
			Why      string    `json:"why,omitempty" maxLength:"4000" doc:"Needed to return and to refuse."`
		}
	}) (Listing, error) {
		listing, err := market.ReviewListing(ctx, tx, s.IDs, actor, market.Review{
			Listing: in.Listing.Value, Decision: market.Decision(in.Body.Decision),
			OpensAt: in.Body.OpensAt, Why: in.Body.Why,
		})
		return listingOf(listing), err
	})
}
