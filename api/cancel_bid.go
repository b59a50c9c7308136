package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/db"
	"openlend/market"
)

func (s *server) cancelBid() {
	write(s, huma.Operation{
		OperationID: "cancel-bid", Path: "/v1/bids/{bid}/cancel", Tags: inMarket,
		Summary: "Take a bid back",
		Description: "While the listing is open and the time for second thoughts, which is in the " +
			"listing, lasts.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Bid ID[market.BidID] `path:"bid"`
	}) (Bid, error) {
		bid, err := market.CancelBid(ctx, tx, s.IDs, actor, in.Bid.Value)
		return bidOf(bid), err
	})
}
