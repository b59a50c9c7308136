package ledger

import (
	"time"

	"openlend/money"
)

// CauseBid is the cause of a bid's hold. The id is the bid.
const CauseBid = "bid"

// PostBidHold reserves a lender's money for his bid until the listing's end;
// the zero time is no end.
//
//	hold wallet
//
// The market calls it when a bid is placed.
func PostBidHold(bid int64, wallet AccountID, amount money.Amount, expires time.Time) []Command {
	return []Command{{Op: OpHold, Cause: Cause{CauseBid, bid},
		Debit: wallet, Amount: amount, Expires: expires}}
}
