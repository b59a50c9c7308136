package ledger

import "openlend/money"

// CauseFee is the cause of a fee. The id is the fee's own row.
const CauseFee = "fee"

// PostFee charges a fee to a customer's money. The platform has earned it then,
// but it still lies at the clients' bank until PostFeeSweep.
//
//	debit wallet or collection   credit fee_income
//
// Servicing calls it for servicing and late fees, custody and resale for
// theirs; the fee of a disbursement is part of that recipe.
func PostFee(fee int64, from, feeIncome AccountID, amount money.Amount) []Command {
	return []Command{move(Cause{CauseFee, fee}, from, feeIncome, amount)}
}
