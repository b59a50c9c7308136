package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/db"
	"openlend/market"
)

func (s *server) getBid() {
	read(s, huma.Operation{
		OperationID: "get-bid", Path: "/v1/bids/{bid}", Tags: inMarket,
		Summary: "Get a bid", Description: "Its lender and staff see it.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Bid ID[market.BidID] `path:"bid"`
	}) (Bid, error) {
		bid, err := market.GetBid(ctx, tx, actor, in.Bid.Value)
		return bidOf(bid), err
	})
}
