package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/customer"
	"openlend/internal/db"
	"openlend/market"
)

func (s *server) listBids() {
	read(s, huma.Operation{
		OperationID: "list-bids", Path: "/v1/bids", Tags: inMarket,
		Summary: "List bids",
		Description: "Your own, or as staff those of a lender, of a listing, or all; those on the " +
			"newest listing first.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Page[market.BidID]

		Lender  ID[customer.ID]      `query:"lender" doc:"Yourself when it is left out; staff: all."`
		Listing ID[market.ListingID] `query:"listing"`
		State   string               `query:"state" enum:"held,allotted,released,cancelled"`
	}) (List[Bid], error) {
		bids, err := market.ListBids(ctx, tx, actor, market.BidQuery{
			Lender: self(actor, in.Lender), Listing: in.Listing.Value,
			State: market.BidState(in.State), After: in.After.Value, Limit: in.Limit,
		})
		return listOf(bids, in.Limit, bidOf, bidID), err
	})
}
