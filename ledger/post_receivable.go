package ledger

import "openlend/money"

// Causes of a receivable. The id is the claim, or its settlement.
const (
	CauseReceivable           = "receivable"
	CauseReceivableSettled    = "receivable_settled"
	CauseReceivableWrittenOff = "receivable_written_off"
)

// PostReceivable takes back from a customer what he was paid and has spent
// since, so that it cannot be reversed: he owes it to the platform. No bank moves
// money for it: until it is settled it is covered by the platform's fees that lie
// at the clients' bank, see "Client money" in README.md.
//
//	debit receivable   credit collection
//
// Servicing calls it when a distributed payment bounces.
func PostReceivable(
	claim int64, receivable, collection AccountID, amount money.Amount,
) []Command {
	return []Command{move(Cause{CauseReceivable, claim}, receivable, collection, amount)}
}

// PostReceivableSettled takes what is owed from the customer's wallet. More
// than is owed is refused: a receivable cannot fall below zero.
//
//	debit wallet   credit receivable
func PostReceivableSettled(
	settlement int64, wallet, receivable AccountID, amount money.Amount,
) []Command {
	return []Command{move(Cause{CauseReceivableSettled, settlement}, wallet, receivable, amount)}
}

// PostReceivableWrittenOff gives up what a customer owes; the platform bears it.
//
//	debit expense   credit receivable
func PostReceivableWrittenOff(
	claim int64, expense, receivable AccountID, amount money.Amount,
) []Command {
	return []Command{move(Cause{CauseReceivableWrittenOff, claim}, expense, receivable, amount)}
}
