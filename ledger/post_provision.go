package ledger

import "openlend/money"

// Causes of the provision fund. The id is the contribution or the payout.
const (
	CauseProvision       = "provision"
	CauseProvisionPayout = "provision_payout"
)

// PostProvision puts a contribution into the fund.
//
//	debit escrow, collection or wallet   credit provision
//
// Servicing calls it when a loan is disbursed or repaid, as the product says.
func PostProvision(contribution int64, from, provision AccountID, amount money.Amount) []Command {
	return []Command{move(Cause{CauseProvision, contribution}, from, provision, amount)}
}

// PostProvisionPayout pays from the fund what a borrower has not; it goes to
// the holders as a repayment does. The fund cannot pay more than it has.
//
//	debit provision   credit collection
func PostProvisionPayout(
	payout int64, provision, collection AccountID, amount money.Amount,
) []Command {
	return []Command{move(Cause{CauseProvisionPayout, payout}, provision, collection, amount)}
}
