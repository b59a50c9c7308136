package ledger

import "openlend/money"

// CauseRepayment is the cause of a borrower's payment. The id is the payment.
const CauseRepayment = "repayment"

// PostRepayment collects what a borrower pays. Money that comes by bank is a
// deposit into his wallet first: each line of the bank's statement is booked once.
//
//	debit wallet   credit collection
//
// Servicing calls it when an instalment is taken or money for a loan comes in.
func PostRepayment(payment int64, wallet, collection AccountID, amount money.Amount) []Command {
	return []Command{move(Cause{CauseRepayment, payment}, wallet, collection, amount)}
}
