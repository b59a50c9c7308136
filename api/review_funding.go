package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/db"
	"openlend/market"
)

func (s *server) reviewFunding() {
	write(s, huma.Operation{
		OperationID: "review-funding", Path: "/v1/listings/{listing}/review-funding", Tags: inMarket,
		Summary: "Release or refuse a funded listing",
		Description: "The final review, by somebody who has neither prepared nor submitted it. " +
			"Approved, its bids become shares and the loan is paid out; refused, every lender has " +
			"his money back.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Listing ID[market.ListingID] `path:"listing"`
		Body    struct {
			Decision string `json:"decision" enum:"approve,refuse"`
			Why      string `json:"why,omitempty" maxLength:"4000" doc:"Needed to refuse."`
		}
	}) (Listing, error) {
		listing, err := market.ReviewFunding(ctx, tx, s.IDs, actor, market.FundingReview{
			Listing: in.Listing.Value, Decision: market.Decision(in.Body.Decision),
			Why: in.Body.Why,
		})
		return listingOf(listing), err
	})
}
