package ledger_test

import (
	"testing"
	"time"

	"openlend/ledger"
)

// A share that comes back from escrow is there again, and comes back once.
func TestPostRefund(t *testing.T) {
	t.Parallel()
	eachBooks(t, func(b *books) {
		town := newTown(b)
		ada, escrow := town.of["ada"], town.of["escrow"]
		b.must(ledger.PostDeposit(1, b.bank, ada, eur(100))...)
		b.must(ledger.PostBidHold(2, ada, eur(70), time.Time{})...)
		b.must(ledger.PostAllotment(2, escrow, eur(70), eur(70))...)
		if got, want := town.balances(), "bank_clients 100, ada 30, escrow 70"; got != want {
			t.Errorf("allotted: %s, not %s", got, want)
		}
		for range 2 {
			b.must(ledger.PostRefund(2, escrow, ada, eur(70))...)
			if got, want := town.balances(), "bank_clients 100, ada 100"; got != want {
				t.Errorf("refunded: %s, not %s", got, want)
			}
		}
	})
}
