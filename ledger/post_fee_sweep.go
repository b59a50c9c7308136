package ledger

import "openlend/money"

// CauseFeeSweep is the cause of a sweep. The id is the sweep.
const CauseFeeSweep = "fee_sweep"

// PostFeeSweep moves fees that are booked from the clients' bank account to the
// platform's: the only way in which the platform's money leaves client money.
//
//	debit bank_platform   credit bank_clients
//
// Nobody calls it yet. It may be booked only on a line of the bank's statement
// that shows it, like everything at bank_clients: booked alone it is a difference
// to the bank, which freezes payouts. The amount is what bank_clients holds above
// everything that is owed to clients and to the tax authority; see "Client money"
// in README.md.
func PostFeeSweep(sweep int64, banks Banks, amount money.Amount) []Command {
	return []Command{move(Cause{CauseFeeSweep, sweep}, banks.Platform, banks.Clients, amount)}
}
