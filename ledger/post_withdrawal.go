package ledger

import "openlend/money"

// Causes of a withdrawal's way out. The id is the withdrawal.
const (
	CauseWithdrawal         = "withdrawal" // of the hold
	CauseWithdrawalSent     = "withdrawal_sent"
	CauseWithdrawalOutcome  = "withdrawal_outcome" // settled or rejected, never both
	CauseWithdrawalReturned = "withdrawal_returned"
)

// PostWithdrawalHold reserves what a customer takes out, until the bank is told.
//
//	hold wallet
//
// Custody calls it when a withdrawal is asked for.
func PostWithdrawalHold(withdrawal int64, wallet AccountID, amount money.Amount) []Command {
	return []Command{{Op: OpHold, Cause: Cause{CauseWithdrawal, withdrawal},
		Debit: wallet, Amount: amount}}
}

// PostWithdrawalCancelled releases it, when it is not to be sent after all.
func PostWithdrawalCancelled(withdrawal int64) []Command {
	return []Command{{Op: OpVoidHold, Of: Cause{CauseWithdrawal, withdrawal}}}
}

// PostWithdrawalSent books the order to the bank.
//
//	debit wallet (its hold)   credit payout_transit
//
// Custody calls it in the transaction that marks the payout as to be sent.
func PostWithdrawalSent(withdrawal int64, transit AccountID, amount money.Amount) []Command {
	return []Command{{Op: OpPostHold, Cause: Cause{CauseWithdrawalSent, withdrawal},
		Of: Cause{CauseWithdrawal, withdrawal}, Credit: transit, Amount: amount}}
}

// PostWithdrawalSettled books that the money has left the bank.
//
//	debit payout_transit   credit bank_clients
//
// Custody calls it when the bank's statement says so.
func PostWithdrawalSettled(
	withdrawal int64, transit, bank AccountID, amount money.Amount,
) []Command {
	return []Command{move(Cause{CauseWithdrawalOutcome, withdrawal}, transit, bank, amount)}
}

// PostWithdrawalRejected gives it back: the bank did not send it.
//
//	debit payout_transit   credit wallet
func PostWithdrawalRejected(
	withdrawal int64, transit, wallet AccountID, amount money.Amount,
) []Command {
	return []Command{move(Cause{CauseWithdrawalOutcome, withdrawal}, transit, wallet, amount)}
}

// PostWithdrawalReturned books a settled withdrawal that came back.
//
//	debit bank_clients   credit wallet
func PostWithdrawalReturned(
	withdrawal int64, bank, wallet AccountID, amount money.Amount,
) []Command {
	return []Command{move(Cause{CauseWithdrawalReturned, withdrawal}, bank, wallet, amount)}
}
