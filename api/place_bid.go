package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"openlend/customer"
	"openlend/internal/idem"
	"openlend/market"
)

type placeBidInput struct {
	Listing ID[market.ListingID] `path:"listing"`
	Body    struct {
		Amount Amount          `json:"amount"`
		Lender ID[customer.ID] `json:"lender,omitzero" doc:"Yourself when it is left out."`
	}
}

func (s *server) placeBid() {
	writeThrough[placeBidInput, PlacedBid](s, huma.Operation{
		OperationID: "place-bid", Path: "/v1/listings/{listing}/bids", Tags: inMarket,
		DefaultStatus: http.StatusCreated, Summary: "Bid on a listing",
		Description: "Reserves the amount in the lender's wallet. Bids are served in the order in " +
			"which they are committed; 409 market.fully_funded says that nothing is left.",
	}, func(
		ctx context.Context, r idem.Request, _ int, in *placeBidInput,
	) (idem.Result, error) {
		actor := callOf(ctx).actor
		return s.Desk.Do(ctx, market.BidRequest{Idem: r, Order: market.BidOrder{
			Actor: actor, Lender: self(actor, in.Body.Lender), Listing: in.Listing.Value,
			Amount: in.Body.Amount.Value,
		}})
	})
}

// AnswerBid is what a placed bid is answered with: the market's desk stores it.
func AnswerBid(r market.BidResult) (idem.Answer, error) {
	return answerOf(http.StatusCreated, PlacedBid{
		Bid: bidOf(r.Bid), Funded: minorOf(r.Funded, r.Bid.Amount.Currency()),
	})
}
