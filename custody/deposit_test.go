package custody_test

import (
	"context"
	"testing"

	"openlend/access"
	"openlend/custody"
	"openlend/custody/banksim"
	"openlend/customer"
	"openlend/internal/db"
	"openlend/ledger"
)

// Whose money it is takes both the reference and the name.
func TestDeposits(t *testing.T) {
	t.Parallel()
	each(t, func(b *till) {
		anna, other := b.anna(), b.anna()
		b.payIn(1_000, "rent "+anna.ID.String()+" thanks", anna.name)
		b.payIn(200, "no reference at all", anna.name)
		b.payIn(30, anna.ID.String(), other.name)
		b.payIn(4, anna.ID.String()+" "+other.ID.String(), anna.name)
		b.poll()
		b.poll()
		b.mustHave(anna.ID, 1_000, 0)
		b.mustHave(other.ID, 0, 0)
		var doubts []custody.Doubt
		for _, d := range b.deposits(custody.DepositSuspense) {
			doubts = append(doubts, d.Doubt)
			if d.Customer != 0 {
				b.Errorf("%s is said to be of %s", d.ID, d.Customer)
			}
		}
		counted := map[custody.Doubt]int{}
		for _, d := range doubts {
			counted[d]++
		}
		if counted[custody.DoubtReference] != 2 || counted[custody.DoubtPayer] != 1 ||
			len(doubts) != 3 {
			b.Errorf("the doubts are %v", doubts)
		}
		frozen := b.anna() // whose wallet takes nothing: the money is booked all the same
		b.freezeAccount(b.wallet(frozen.ID).ID, ledger.Frozen)
		b.payIn(50_000, frozen.ID.String(), frozen.name)
		b.poll()
		if d := b.deposits(custody.DepositSuspense)[0]; d.Doubt != custody.DoubtWallet ||
			d.Customer != frozen.ID {
			b.Errorf("%+v", d)
		}
		if p := b.position(); p.Books != 51_234 || p.Difference != 0 {
			b.Errorf("%+v", p)
		}
		b.mustBreak()
		b.mustHold()
	})
}

func TestIdentifyDeposit(t *testing.T) {
	t.Parallel()
	each(t, func(b *till) {
		o := b.anna()
		b.payIn(1_000, "for my account", "A. Nother")
		b.poll()
		d := b.deposits(custody.DepositSuspense)[0]
		identify := func(actor access.Actor, n custody.DepositID, c customer.ID) func(
			context.Context, *db.Tx) (custody.Deposit, error) {
			return func(ctx context.Context, tx *db.Tx) (custody.Deposit, error) {
				return custody.IdentifyDeposit(ctx, tx, b.ids, actor, n, c)
			}
		}
		refused(b, "himself", access.ErrForbidden, identify(o.self(), d.ID, o.ID))
		refused(b, "unknown", custody.ErrNotFound, identify(treasurer, d.ID+1, o.ID))
		refused(b, "nobody", customer.ErrNotFound, identify(treasurer, d.ID, o.ID+1))
		got := do(b, identify(treasurer, d.ID, o.ID))
		if got.State != custody.DepositCredited || got.Customer != o.ID || got.DoneBy != "staff:tom" {
			b.Errorf("%+v", got)
		}
		b.mustHave(o.ID, 1_000, 0)
		refused(b, "again", custody.ErrInvalidState, identify(treasurer, d.ID, o.ID))
		payer := do(b, func(ctx context.Context, tx *db.Tx) (custody.Payer, error) {
			return custody.RevealPayer(ctx, tx, b.vault, treasurer, d.ID)
		})
		if payer.Name != "A. Nother" || payer.Reference != "for my account" {
			b.Errorf("%+v", payer)
		}
		refused(b, "an auditor asks who paid", access.ErrForbidden,
			func(ctx context.Context, tx *db.Tx) (custody.Payer, error) {
				return custody.RevealPayer(ctx, tx, b.vault, auditor, d.ID)
			})
		b.mustHold()
	})
}

// Money of a stranger goes back to the account that it came from; when the bank
// cannot, or it comes back, it lies in suspense again and can be sent again.
func TestReturnDeposit(t *testing.T) {
	t.Parallel()
	each(t, func(b *till) {
		o := b.anna()
		b.payIn(1_000, o.ID.String(), "A. Nother")
		b.poll()
		d := b.deposits(custody.DepositSuspense)[0]
		giveBack := func(ctx context.Context, tx *db.Tx) (custody.Deposit, error) {
			return custody.ReturnDeposit(ctx, tx, b.ids, b.vault, treasurer, d.ID)
		}
		refused(b, "a customer", access.ErrForbidden,
			func(ctx context.Context, tx *db.Tx) (custody.Deposit, error) {
				return custody.ReturnDeposit(ctx, tx, b.ids, b.vault, o.self(), d.ID)
			})
		b.sim.Script(banksim.Fault{On: "send", Kind: "reject"})
		do(b, giveBack)
		refused(b, "twice", custody.ErrInvalidState, giveBack)
		refused(b, "identify what is on its way", custody.ErrInvalidState,
			func(ctx context.Context, tx *db.Tx) (custody.Deposit, error) {
				return custody.IdentifyDeposit(ctx, tx, b.ids, treasurer, d.ID, o.ID)
			})
		b.mustHold()
		b.untilQuiet()
		b.mustHold()
		do(b, giveBack)
		b.untilQuiet()
		b.mustHold()
		if all := b.deposits(custody.DepositReturned); len(all) != 1 || b.sim.Balance("EUR") != 0 {
			b.Fatalf("%+v, the bank has %d", all, b.sim.Balance("EUR"))
		}
		last := b.sim.Orders()[1]
		if last.To.Account != "DE02120300000000202051" || last.To.Name != "A. Nother" {
			b.Errorf("it went to %+v", last.To)
		}
		b.must(b.sim.Return(last.RequestNo, "account closed"))
		b.poll()
		b.mustHold()
		do(b, giveBack)
		b.untilQuiet()
		b.mustHold()
		b.mustBreak()
	})
}
