package custody

import (
	"context"
	"fmt"
	"time"

	"openlend/internal/db"
	"openlend/ledger"
)

// itemAge is how long a movement may be in our books and not in the bank's
// balance.
const itemAge = 3 * 24 * time.Hour

// Invariants are what must always be true of this room's rows. That request
// numbers and lines are used once, and that two people are two, are constraints
// of the tables.
func Invariants() []ledger.Check {
	return []ledger.Check{
		{
			ID: "I10", Says: "client money is what the bank has told, less itemised movements under way",
			Recompute: checkClientMoney,
		},
		{
			ID: "I10", Says: "nothing moves the clients' bank in the books but a line of its statement",
			Count: countBankMoves, Bad: badBankMoves,
		},
		{
			ID: "I25", Says: "a payout's money is where its state says, and one statement line shows it paid",
			Count: countPayouts, Bad: badPayouts,
		},
		{
			ID: "I26", Says: "each credit line of the bank is credited once, or lies in suspense",
			Count: countDeposits, Bad: badDeposits,
		},
		{
			ID: "I30", Says: "no order was sent to an account in its cool-off, or to another's",
			Count: countPayouts, Bad: badAccounts,
		},
	}
}

// Causes say where this room keeps the causes of its postings. The cause of
// disbursement_settled is the loan.
func Causes() []ledger.CauseTable {
	return []ledger.CauseTable{
		{Type: ledger.CauseDeposit, Table: "custody_deposit", Key: "id"},
		{Type: ledger.CauseDepositIdentified, Table: "custody_deposit", Key: "id"},
		{Type: ledger.CauseWithdrawal, Table: "custody_payout", Key: "id",
			LiveHold: "c.state = 'intent'"},
		{Type: ledger.CauseWithdrawalSent, Table: "custody_payout", Key: "id"},
		{Type: ledger.CauseWithdrawalOutcome, Table: "custody_payout", Key: "id"},
		{Type: ledger.CauseWithdrawalReturned, Table: "custody_payout", Key: "id"},
	}
}

// checkClientMoney is I10: the ledger's own I02 says that bank_clients is what
// all others sum to; this says that the bank has it.
func checkClientMoney(
	ctx context.Context, tx *db.Tx, bad func(key, what string),
) (int64, error) {
	accounts, err := Accounts(ctx, tx)
	if err != nil {
		return 0, err
	}
	looked := int64(0)
	for _, a := range accounts {
		if a.AskedAt.IsZero() {
			continue
		}
		p, err := ClientMoney(ctx, tx, a.Currency)
		if err != nil {
			return looked, err
		}
		looked += int64(len(p.Items)) + 1
		if p.Difference != 0 {
			bad(string(a.Currency), fmt.Sprintf(
				"the bank has %d minor units, our books %d and %d under way: %d too many",
				p.Bank, p.Books, p.InTransit, p.Difference))
		}
		for _, i := range p.Items {
			if tx.Now().Sub(i.Since) > itemAge {
				bad(i.Of, fmt.Sprintf("%d minor units are under way since %s", i.Amount,
					i.Since.Format(time.RFC3339)))
			}
		}
	}
	return looked, nil
}
