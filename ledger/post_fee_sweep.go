package ledger

import "openlend/money"

// CauseFeeSweep is the cause of a sweep. The id is the sweep.
const CauseFeeSweep = "fee_sweep"

// PostFeeSweep moves fees that are booked from the clients' bank account to the
// platform's: the only way in which the platform's money leaves client money.
//
//	debit bank_platform   credit bank_clients
//
// Closing calls it on the published day, when the bank has carried it out. The
// amount is what bank_clients holds above everything that is owed to clients
// and to the tax authority; see "Client money" in README.md.
func PostFeeSweep(sweep int64, banks Banks, amount money.Amount) []Command {
	return []Command{move(Cause{CauseFeeSweep, sweep}, banks.Platform, banks.Clients, amount)}
}
