package ledger

// PostBidRelease makes the money of a bid available again.
//
//	release wallet
//
// The market calls it when a bid is withdrawn, when its listing fails or is
// cancelled, and for a bid that got no share.
func PostBidRelease(bid int64) []Command {
	return []Command{{Op: OpVoidHold, Of: Cause{CauseBid, bid}}}
}
