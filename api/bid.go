package api

import (
	"openlend/customer"
	"openlend/market"
)

// Bid is a lender's binding offer to take a share of a listing.
type Bid struct {
	ID        ID[market.BidID]     `json:"id"`
	Listing   ID[market.ListingID] `json:"listing"`
	Lender    ID[customer.ID]      `json:"lender"`
	Amount    Amount               `json:"amount"`
	Allotted  Amount               `json:"allotted" doc:"What has become a share."`
	State     string               `json:"state"`
	PlacedAt  Instant              `json:"placed_at"`
	ChangedAt Instant              `json:"changed_at"`
}

func (b Bid) resource() int64 { return int64(b.ID.Value) }

func bidOf(b market.Bid) Bid {
	return Bid{
		ID: idOf(b.ID), Listing: idOf(b.Listing), Lender: idOf(b.Lender),
		Amount:   amountOf(b.Amount),
		Allotted: minorOf(b.Allotted, b.Amount.Currency()), State: string(b.State),
		PlacedAt: Instant(b.PlacedAt), ChangedAt: Instant(b.ChangedAt),
	}
}

func bidID(b market.Bid) market.BidID { return b.ID }

// PlacedBid is a bid and where its listing stood right after it.
type PlacedBid struct {
	Bid

	Funded Amount `json:"funded" doc:"The sum of the listing's bids right after this one."`
}
