package servicing

import (
	"context"
	"slices"
	"testing"

	"openlend/custody"
	"openlend/internal/db"
	"openlend/ledger"
	"openlend/loan"
	"openlend/note"
)

// A loan is paid out: net to the borrower's bank, the fee to the platform, a
// note for every share, and a plan from the day on which the bank paid.
func TestDisburse(t *testing.T) {
	eachTown(t, func(b *town) {
		listing := b.allotted(60_000, 40_001, 19_999)
		b.deliver()
		n := b.opened(listing).ID
		b.today("2025-01-13")
		b.run()
		if l := b.loan(n); l.State != StateDisbursing || l.Principal != 120_000 || l.Fee != 2_400 {
			b.Fatalf("%+v", l)
		}
		if p := b.payout(n); p.Amount != eur(117_600) {
			b.Errorf("%+v", p)
		}
		b.mustHold(n, 0, "before the bank's word")
		b.today("2025-01-15")
		b.bankSays(n, custody.OutcomeSettled)
		b.today("2025-01-16")
		b.deliver()
		b.run()
		l := b.loan(n)
		if l.State != StateActive || l.StartOn != day("2025-01-15") || l.Outstanding != 120_000 ||
			l.NextDueOn != day("2025-02-15") || l.Notes != 3 || l.Versions != 1 {
			b.Errorf("%+v", l)
		}
		b.mustHold(n, 120_000, "after it")
		if got := b.balance(ledger.Escrow, int64(listing)); got != 0 {
			b.Errorf("escrow %d", got)
		}
		if got := b.balance(ledger.FeeIncome, 0); got != 2_400 {
			b.Errorf("fees %d", got)
		}
		// 120,000 + 20,000 and 1 % of 120,000 with the first instalment.
		s := must(b, func(ctx context.Context, tx *db.Tx) (loan.Schedule, error) {
			all, err := loadContracts(ctx, tx, []LoanID{n})
			return all[n], err
		})
		if len(s.Instalments) != 6 || s.Instalments[0].Interest != 1_200 ||
			s.Instalments[0].Principal != 20_000 {
			b.Errorf("%+v", s.Instalments)
		}
		b.mustBeSound()
	})
}

// mustHold compares what the notes of a loan have outstanding.
func (b *town) mustHold(n LoanID, want int64, when string) {
	b.Helper()
	notes := must(b, func(ctx context.Context, tx *db.Tx) ([]note.Note, error) {
		return note.OfLoan(ctx, tx, n)
	})
	sum := int64(0)
	for _, n := range notes {
		sum += n.Outstanding
	}
	if sum != want {
		b.Errorf("%s: notes of %d, not %d", when, sum, want)
	}
}

// mustBeSound holds client money against what is owed to clients.
func (b *town) mustBeSound() {
	b.Helper()
	kinds := []ledger.Kind{ledger.Wallet, ledger.Escrow, ledger.Collection, ledger.PayoutTransit,
		ledger.Suspense, ledger.Provision}
	owed := b.balance(ledger.FeeIncome, 0)
	b.do(func(ctx context.Context, tx *db.Tx) error {
		accounts, err := db.Many(ctx, tx, func(s db.Scanner) (v struct {
			kind   string
			posted int64
		}, err error) {
			return v, s.Scan(&v.kind, &v.posted)
		}, `SELECT kind, posted FROM ledger_account a JOIN ledger_balance b ON b.account_id = a.id`)
		for _, a := range accounts {
			if slices.Contains(kinds, ledger.Kind(a.kind)) {
				owed += a.posted
			}
		}
		return err
	})
	if bank := b.balance(ledger.BankClients, 0); bank != owed {
		b.Errorf("%d at the clients' bank, %d owed to clients", bank, owed)
	}
}
