package market

import "openlend/refusal"

// What this room refuses.
var (
	ErrNotFound     = refusal.New("market.not_found", "there is no such listing")
	ErrBidNotFound  = refusal.New("market.bid.not_found", "there is no such bid")
	ErrInvalidState = refusal.New("market.invalid_state",
		"the state of the listing or bid does not allow this step")

	ErrTitle = refusal.New("market.title", "a title has 1 to 120 characters").In("title")

	ErrDescription = refusal.New("market.description",
		"a description has 1 to 4000 characters").In("description")
	ErrWhy = refusal.New("market.why",
		"this needs a reason of 1 to 1000 characters").In("why")
	ErrDecision = refusal.New("market.decision", "there is no such decision").In("decision")
	ErrOpensAt  = refusal.New("market.opens_at",
		"a listing opens at once or at an instant within a year").In("opens_at")
	ErrQuery = refusal.New("market.query", "this is not a way to search listings")

	ErrClosed      = refusal.New("market.closed", "the listing takes no bids now")
	ErrFullyFunded = refusal.New("market.fully_funded", "nothing of the listing is left")
	ErrOwnListing  = refusal.New("market.own_listing",
		"a borrower cannot bid on his own listing")
	ErrCurrency    = refusal.New("market.currency", "the bid is in another currency").In("amount")
	ErrBidTooSmall = refusal.New("market.bid_too_small", "the bid is too small").In("amount")
	ErrBidTooLarge = refusal.New("market.bid_too_large",
		"the bid is above what one lender may take").In("amount")
	ErrBidStep = refusal.New("market.bid_step", "the bid is between two steps").In("amount")

	ErrExceedsRemaining = refusal.New("market.exceeds_remaining",
		"less is left of the listing than the bid").In("amount")
	ErrBidBinding = refusal.New("market.bid_binding",
		"the time in which this bid could be taken back is over")
)
