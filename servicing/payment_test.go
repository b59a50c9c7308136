package servicing

import (
	"context"
	"slices"
	"testing"
	"time"

	"openlend/access"
	"openlend/internal/db"
	"openlend/ledger"
	"openlend/loan"
	"openlend/note"
)

// self is the borrower, at his own screen.
func (b *town) self() access.Actor { return access.Customer(int64(b.borrower)) }

// pays has the borrower pay from his wallet today, with money he has just got.
func (b *town) pays(n LoanID, minor int64, rest loan.Rest) Payment {
	b.Helper()
	b.deposit(b.borrower, minor)
	return must(b, func(ctx context.Context, tx *db.Tx) (Payment, error) {
		return PayFromWallet(ctx, tx, b.ids, b.self(), NewPayment{Loan: n, Amount: eur(minor),
			Rest: rest})
	})
}

// banked has a servicer record money that came by bank on a day: it is in the
// borrower's wallet.
func (b *town) banked(n LoanID, minor int64, on string) Payment {
	b.Helper()
	b.spends(int64(b.loan(n).Borrower), -minor)
	return must(b, func(ctx context.Context, tx *db.Tx) (Payment, error) {
		return RecordPayment(ctx, tx, b.ids, tess, NewPayment{Loan: n, Amount: eur(minor),
			ValueOn: day(on)})
	})
}

func (b *town) bounces(p PaymentID) {
	b.Helper()
	must(b, func(ctx context.Context, tx *db.Tx) (Payment, error) {
		return ReturnPayment(ctx, tx, b.ids, tess, p, "no cover")
	})
	b.run()
}

// An instalment paid on its day: 200.00 of principal and 12.00 of interest reach
// three lenders by their shares, the platform keeps a tenth of the interest.
func TestPaymentReachesTheHolders(t *testing.T) {
	eachTown(t, func(b *town) {
		l := b.disbursed(60_000, 40_000, 20_000)
		before, fees := b.wallets(), b.balance(ledger.FeeIncome, 0)
		b.today("2025-02-10")
		p := b.pays(l.ID, 21_200, "")
		if p.Unallocated != 0 || p.State != PaymentReceived || p.Source != FromWallet {
			b.Errorf("%+v", p)
		}
		after := b.wallets()
		for i, want := range []int64{10_000 + 600 - 60, 6_666 + 400 - 40, 3_334 + 200 - 20} {
			if got := after[i] - before[i]; got < want-1 || got > want+1 {
				b.Errorf("lender %d got %d, want %d", i, got, want)
			}
		}
		if got := b.balance(ledger.FeeIncome, 0) - fees; got != 120 {
			b.Errorf("the platform got %d", got)
		}
		if got := b.balance(ledger.Collection, int64(l.ID)); got != 0 {
			b.Errorf("%d were left behind", got)
		}
		l = b.loan(l.ID)
		if l.State != StateActive || l.Outstanding != 100_000 || l.NextDueOn != day("2025-03-10") {
			b.Errorf("%+v", l)
		}
		b.sound()
	})
}

// sound checks the books of all rooms.
func (b *town) sound() {
	b.Helper()
	err := ledger.Verify(b.Context(), b.db, ledger.VerifyOptions{
		Causes: Causes(), Checks: slices.Concat(note.Invariants(), Invariants()),
		Grace: 100 * 365 * 24 * time.Hour,
	}, func(r ledger.Report) error {
		for _, row := range r.Rows {
			b.Errorf("%s %s: %s: %s", r.ID, r.Says, row.Key, row.What)
		}
		return nil
	})
	if err != nil {
		b.Error(err)
	}
}
