package ledger

import "openlend/money"

// CauseRepayment is the cause of a borrower's payment. The id is the payment.
const CauseRepayment = "repayment"

// PostRepayment collects what a borrower pays, from his wallet or straight
// from the bank's statement; a payment comes one way only.
//
//	debit wallet or bank_clients   credit collection
//
// Servicing calls it when an instalment is taken or money for a loan comes in.
func PostRepayment(payment int64, from, collection AccountID, amount money.Amount) []Command {
	return []Command{move(Cause{CauseRepayment, payment}, from, collection, amount)}
}
