package market

import "openlend/ledger"

// Invariants are what Verify checks of this room.
func Invariants() []ledger.Check {
	return []ledger.Check{
		{ID: "I14", Says: "a held bid has its hold, and escrow holds the shares of a listing",
			Count: countBids, Bad: badHolds},
		{ID: "I15", Says: "a listing's sums are those of its bids and within its principal",
			Count: countListings, Bad: badSums},
		{ID: "I16", Says: "what ended without a loan has given every bid back, once",
			Count: countBids, Bad: badEnds},
	}
}

// Causes are the tables behind this room's causes.
func Causes() []ledger.CauseTable {
	return []ledger.CauseTable{
		{Type: ledger.CauseBid, Table: "market_bid", Key: "id", LiveHold: "c.state = 'held'"},
		{Type: ledger.CauseAllotment, Table: "market_bid", Key: "id"},
		{Type: ledger.CauseRefund, Table: "market_bid", Key: "id"},
	}
}
