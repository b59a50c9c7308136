package ledger

import "openlend/money"

// Causes of a disbursement. The id is the loan.
const (
	CauseDisbursement        = "disbursement"
	CauseDisbursementSettled = "disbursement_settled"
)

// PostDisbursement pays a loan out: the borrower gets the principal less the
// fee, in his wallet or, through payout_transit, at his bank.
//
//	debit escrow   credit borrower's wallet or payout_transit   net
//	debit escrow   credit fee_income                            fee, unless zero
//
// Servicing calls it when all have signed. When the bank refuses the payment,
// servicing takes it back with ReverseTransfers, and the market refunds the
// lenders (PostRefund).
func PostDisbursement(
	loan int64, escrow, to, feeIncome AccountID, net, fee money.Amount,
) []Command {
	cause := Cause{CauseDisbursement, loan}
	paid := move(cause, escrow, to, net)
	if fee.IsZero() {
		return []Command{paid}
	}
	return linked(legs(paid, move(cause, escrow, feeIncome, fee))...)
}

// PostDisbursementSettled books that the money has left the bank.
//
//	debit payout_transit   credit bank_clients
func PostDisbursementSettled(loan int64, transit, bank AccountID, net money.Amount) []Command {
	return []Command{move(Cause{CauseDisbursementSettled, loan}, transit, bank, net)}
}
