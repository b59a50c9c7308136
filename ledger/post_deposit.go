package ledger

import "openlend/money"

// Causes of money that comes in. The id is the line of the bank's statement.
const (
	CauseDeposit           = "deposit"
	CauseDepositIdentified = "deposit_identified"
)

// PostDeposit books a line of the bank's statement whose owner is known, or not
// known yet: then credit is the suspense account. Both are one cause, so a line
// is credited once.
//
//	debit bank_clients   credit wallet or suspense
//
// Custody calls it for each credit line, before a lender's first bid and for
// every later payment in.
func PostDeposit(line int64, bank, credit AccountID, amount money.Amount) []Command {
	return []Command{move(Cause{CauseDeposit, line}, bank, credit, amount)}
}

// PostDepositIdentified gives money in suspense to its owner, or sends it back:
// then credit is payout_transit.
//
//	debit suspense   credit wallet or payout_transit
//
// Custody calls it when a person has found out whose money it is.
func PostDepositIdentified(line int64, suspense, credit AccountID, amount money.Amount) []Command {
	return []Command{move(Cause{CauseDepositIdentified, line}, suspense, credit, amount)}
}
