package ledger

import "openlend/money"

// CauseRefund is the cause of a share's way back. The id is the bid.
const CauseRefund = "refund"

// PostRefund gives a lender his share back when the loan that it was allotted to
// is never paid out.
//
//	debit escrow   credit wallet
//
// The market calls it for each bid that was allotted; they do not wait for each
// other.
func PostRefund(bid int64, escrow, wallet AccountID, share money.Amount) []Command {
	return []Command{move(Cause{CauseRefund, bid}, escrow, wallet, share)}
}
