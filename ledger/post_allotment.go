package ledger

import "openlend/money"

// CauseAllotment is the cause of a share's payment. The id is the bid.
const CauseAllotment = "allotment"

// PostAllotment turns a bid into a share: the allotted part of what is held
// goes to the listing's escrow, the rest is available again, both or neither.
//
//	debit wallet (the bid's hold)   credit escrow
//	release wallet                  (held less allotted)
//
// The market calls it for each bid of a listing when the final review is
// through. A bid that got nothing is released.
func PostAllotment(bid int64, escrow AccountID, allotted, held money.Amount) []Command {
	if allotted.IsZero() {
		return PostBidRelease(bid)
	}
	post := Command{Op: OpPostHold, Cause: Cause{CauseAllotment, bid},
		Of: Cause{CauseBid, bid}, Credit: escrow, Amount: allotted}
	if allotted == held {
		return []Command{post}
	}
	return linked(append([]Command{post}, PostBidRelease(bid)...)...)
}
