package ledger

import "openlend/money"

// CauseCapital is the cause of capital paid in. The id is the line of the
// platform's own bank statement.
const CauseCapital = "capital"

// PostCapital books what the owners pay into the platform: what advances and
// receivables are paid from.
//
//	debit bank_platform   credit equity
func PostCapital(line int64, bank, equity AccountID, amount money.Amount) []Command {
	return []Command{move(Cause{CauseCapital, line}, bank, equity, amount)}
}
