package ledger

import "openlend/money"

// Causes of an advance. The id is the advance, or its recovery.
const (
	CauseAdvance          = "advance"
	CauseAdvanceRecovered = "advance_recovered"
)

// PostAdvance pays holders from the platform's own money before the borrower
// has paid, under a contract that says so and how far. The money moves to the
// clients' bank with it, so that client money is whole at all times.
//
//	debit advance        credit collection
//	debit bank_clients   credit bank_platform
//
// Servicing calls it within the contract's limit, and distributes it as a
// repayment.
func PostAdvance(
	advance int64, asset, collection AccountID, banks Banks, amount money.Amount,
) []Command {
	cause := Cause{CauseAdvance, advance}
	return linked(legs(
		move(cause, asset, collection, amount),
		move(cause, banks.Clients, banks.Platform, amount))...)
}

// PostAdvanceRecovered gives the platform its money back when the borrower pays.
//
//	debit collection      credit advance
//	debit bank_platform   credit bank_clients
func PostAdvanceRecovered(
	recovery int64, collection, asset AccountID, banks Banks, amount money.Amount,
) []Command {
	cause := Cause{CauseAdvanceRecovered, recovery}
	return linked(legs(
		move(cause, collection, asset, amount),
		move(cause, banks.Platform, banks.Clients, amount))...)
}
