package ledger

import "openlend/money"

// Causes of a receivable. The id is the claim, or its settlement.
const (
	CauseReceivable           = "receivable"
	CauseReceivableSettled    = "receivable_settled"
	CauseReceivableWrittenOff = "receivable_written_off"
)

// PostReceivable takes back from a customer what he was paid and has spent
// since, so that it cannot be reversed: he owes it to the platform, which makes
// client money whole meanwhile.
//
//	debit receivable     credit collection
//	debit bank_clients   credit bank_platform
//
// Servicing calls it when a distributed payment bounces.
func PostReceivable(
	claim int64, receivable, collection AccountID, banks Banks, amount money.Amount,
) []Command {
	cause := Cause{CauseReceivable, claim}
	return linked(legs(
		move(cause, receivable, collection, amount),
		move(cause, banks.Clients, banks.Platform, amount))...)
}

// PostReceivableSettled takes what is owed from the customer's wallet. More
// than is owed is refused: a receivable cannot fall below zero.
//
//	debit wallet          credit receivable
//	debit bank_platform   credit bank_clients
func PostReceivableSettled(
	settlement int64, wallet, receivable AccountID, banks Banks, amount money.Amount,
) []Command {
	cause := Cause{CauseReceivableSettled, settlement}
	return linked(legs(
		move(cause, wallet, receivable, amount),
		move(cause, banks.Platform, banks.Clients, amount))...)
}

// PostReceivableWrittenOff gives up what a customer owes; the platform bears it.
//
//	debit expense   credit receivable
func PostReceivableWrittenOff(
	claim int64, expense, receivable AccountID, amount money.Amount,
) []Command {
	return []Command{move(Cause{CauseReceivableWrittenOff, claim}, expense, receivable, amount)}
}
