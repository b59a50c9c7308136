package api

import (
	"openlend/customer"
	"openlend/market"
	"openlend/origination"
)

// Listing is a loan that is offered to lenders.
type Listing struct {
	ID             ID[market.ListingID]    `json:"id"`
	Offer          ID[origination.OfferID] `json:"offer"`
	Borrower       ID[customer.ID]         `json:"borrower,omitzero" doc:"Shown to the borrower and to staff."`
	Product        string                  `json:"product"`
	ProductVersion int64                   `json:"product_version"`
	Grade          string                  `json:"grade"`
	Purpose        string                  `json:"purpose"`
	Title          string                  `json:"title"`
	Description    string                  `json:"description"`
	Principal      Amount                  `json:"principal"`
	Rate           Rate                    `json:"rate" doc:"Nominal, a year."`
	APR            Rate                    `json:"apr" doc:"What the loan costs the borrower a year, with fees."`
	Method         string                  `json:"method"`
	Instalments    int                     `json:"instalments"`

	MinBid        Amount `json:"min_bid" doc:"Of one bid; what remains may always be taken as a whole."`
	BidStep       Amount `json:"bid_step" doc:"Bids are the minimum and so many steps."`
	MaxBid        Amount `json:"max_bid" doc:"Of one lender on this listing."`
	MinFunded     Amount `json:"min_funded" doc:"When the deadline comes, so much is enough."`
	CancelMinutes int    `json:"cancel_minutes" doc:"For so long a bid can be taken back; 0 is never."`
	Policy        string `json:"oversubscription" doc:"Which bids are served when more is bid than is needed."`

	State     string  `json:"state"`
	Why       string  `json:"why,omitempty" doc:"Of the last return, refusal, failure or cancellation."`
	OpensAt   Instant `json:"opens_at,omitzero"`
	ClosesOn  Date    `json:"closes_on,omitzero" doc:"The last business date for bids."`
	DecideBy  Date    `json:"decide_by,omitzero" doc:"The last business date for the final review."`
	Funded    Amount  `json:"funded" doc:"The sum of its bids."`
	Remaining Amount  `json:"remaining" doc:"What is not reserved yet."`
	Bids      int64   `json:"bids"`
	CreatedAt Instant `json:"created_at"`
	ChangedAt Instant `json:"changed_at"`
}

func (l Listing) resource() int64 { return int64(l.ID.Value) }

func listingOf(l market.Listing) Listing {
	c := l.Principal.Currency()
	return Listing{
		ID: idOf(l.ID), Offer: idOf(l.Offer), Borrower: idOf(l.Borrower), Product: l.Product,
		ProductVersion: l.ProductVersion, Grade: l.Grade, Purpose: l.Purpose, Title: l.Title,
		Description: l.Description, Principal: amountOf(l.Principal), Rate: rateOf(l.Rate),
		APR: rateOf(l.APR), Method: string(l.Method), Instalments: l.Instalments,
		MinBid: minorOf(l.MinBid, c), BidStep: minorOf(l.BidStep, c), MaxBid: minorOf(l.MaxBid, c),
		MinFunded: minorOf(l.MinFunded, c), CancelMinutes: l.CancelMinutes,
		Policy: string(l.Policy),
		State:  string(l.State), Why: l.Why, OpensAt: Instant(l.OpensAt),
		ClosesOn: dateOf(l.ClosesOn),
		DecideBy: dateOf(l.DecideBy), Funded: minorOf(l.Funded, c),
		Remaining: minorOf(l.Remaining(), c), Bids: l.Bids, CreatedAt: Instant(l.CreatedAt),
		ChangedAt: Instant(l.ChangedAt),
	}
}

func listingID(l market.Listing) market.ListingID { return l.ID }
