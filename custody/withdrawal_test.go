package custody_test

import (
	"context"
	"testing"
	"time"

	"openlend/access"
	"openlend/custody"
	"openlend/custody/banksim"
	"openlend/customer"
	"openlend/internal/db"
	"openlend/ledger"
)

func TestWithdrawal(t *testing.T) {
	t.Parallel()
	each(t, func(b *till) {
		o := b.rich(10_000)
		p := b.withdraw(o, 4_000)
		b.mustBe(p.ID, custody.PayoutIntent)
		b.mustHave(o.ID, 10_000, 4_000)
		if p.RequestNo != p.ID.String() {
			b.Errorf("the number is %q", p.RequestNo)
		}
		b.untilQuiet()
		got := b.mustBe(p.ID, custody.PayoutSettled)
		if got.Line != 2 || got.Tries != 1 || got.RequestNo != p.RequestNo {
			b.Errorf("%+v", got)
		}
		b.mustHave(o.ID, 6_000, 0)
		orders := b.sim.Orders()
		if len(orders) != 1 || orders[0].Amount != 4_000 || orders[0].To.Name != o.name ||
			orders[0].To.Account != "DE89370400440532013000" {
			b.Errorf("the bank has %+v", orders)
		}
		for _, minor := range []int64{5_600, 400} { // less than the minimum, and all that is left
			b.withdraw(o, minor)
			b.untilQuiet()
		}
		b.mustHave(o.ID, 0, 0)
		b.mustBreak()
		b.mustHold()
	})
}

func TestWithdrawalRefused(t *testing.T) {
	t.Parallel()
	each(t, func(b *till) {
		o, poor := b.rich(10_000), b.anna()
		request := func(actor access.Actor, c customer.ID, minor int64) func(
			context.Context, *db.Tx) (custody.Payout, error) {
			return func(ctx context.Context, tx *db.Tx) (custody.Payout, error) {
				return custody.RequestWithdrawal(ctx, tx, b.ids, actor,
					custody.NewWithdrawal{Customer: c, Amount: eur(minor)})
			}
		}
		refused(b, "another's", custody.ErrNotFound, request(poor.self(), o.ID, 1_000))
		refused(b, "an auditor", access.ErrForbidden, request(auditor, o.ID, 1_000))
		refused(b, "nothing", custody.ErrAmount, request(o.self(), o.ID, 0))
		refused(b, "less than nothing", custody.ErrAmount, request(o.self(), o.ID, -1))
		refused(b, "too little", custody.ErrTooLow, request(o.self(), o.ID, 499))
		refused(b, "too much", ledger.ErrInsufficient, request(o.self(), o.ID, 10_001))
		refused(b, "no account", customer.ErrNoBankAccount, request(poor.self(), poor.ID, 1_000))
		b.account(poor, time.Hour)
		refused(b, "cooling off", customer.ErrNoBankAccount, request(poor.self(), poor.ID, 1_000))
		do(b, func(ctx context.Context, tx *db.Tx) (customer.Customer, error) {
			return customer.Freeze(ctx, tx, b.ids, support,
				customer.NewFreeze{Customer: o.ID, Reason: "suspected fraud"})
		})
		refused(b, "frozen", customer.ErrFrozen, request(o.self(), o.ID, 1_000))
	})
}

func TestCancelWithdrawal(t *testing.T) {
	t.Parallel()
	each(t, func(b *till) {
		o, other := b.rich(10_000), b.anna()
		cancel := func(actor access.Actor, n custody.PayoutID) func(
			context.Context, *db.Tx) (custody.Payout, error) {
			return func(ctx context.Context, tx *db.Tx) (custody.Payout, error) {
				return custody.CancelWithdrawal(ctx, tx, b.ids, actor, n)
			}
		}
		p := b.withdraw(o, 4_000)
		refused(b, "another's", custody.ErrNotFound, cancel(other.self(), p.ID))
		refused(b, "unknown", custody.ErrNotFound, cancel(o.self(), p.ID+1))
		do(b, cancel(o.self(), p.ID))
		b.mustBe(p.ID, custody.PayoutCancelled)
		b.mustHave(o.ID, 10_000, 0)
		refused(b, "again", custody.ErrInvalidState, cancel(o.self(), p.ID))
		b.untilQuiet()
		if orders := b.sim.Orders(); len(orders) != 0 {
			b.Errorf("the bank has %+v", orders)
		}
		sent := b.withdraw(o, 4_000)
		b.run()
		refused(b, "sent", custody.ErrInvalidState, cancel(o.self(), sent.ID))
		b.mustHold()
	})
}

// What the bank rejects is in the wallet again; what it brings back later too.
func TestRejectedAndReturned(t *testing.T) {
	t.Parallel()
	each(t, func(b *till) {
		o := b.rich(10_000)
		b.sim.Script(banksim.Fault{On: "send", Kind: "reject"})
		no := b.withdraw(o, 4_000)
		b.untilQuiet()
		if p := b.mustBe(no.ID, custody.PayoutRejected); p.Reason != "scripted" {
			b.Errorf("the reason is %q", p.Reason)
		}
		b.mustHave(o.ID, 10_000, 0)
		yes := b.withdraw(o, 4_000)
		b.untilQuiet()
		b.mustHave(o.ID, 6_000, 0)
		b.clock.Advance(72 * time.Hour)
		b.must(b.sim.Return(yes.RequestNo, "account closed"))
		b.poll()
		if p := b.mustBe(yes.ID, custody.PayoutReturned); p.ReturnLine != 3 {
			b.Errorf("%+v", p)
		}
		b.mustHave(o.ID, 10_000, 0)
		b.mustBreak()
		b.mustHold()
	})
}

// Money that came back and whose wallet takes nothing waits in suspense.
func TestReturnedToAFrozenWallet(t *testing.T) {
	t.Parallel()
	each(t, func(b *till) {
		o := b.rich(10_000)
		p := b.withdraw(o, 4_000)
		b.untilQuiet()
		wallet := b.wallet(o.ID)
		b.freezeAccount(wallet.ID, ledger.Frozen)
		b.must(b.sim.Return(p.RequestNo, "account closed"))
		b.poll()
		b.mustBe(p.ID, custody.PayoutReturned)
		waiting := b.deposits(custody.DepositSuspense)
		if len(waiting) != 1 || waiting[0].Doubt != custody.DoubtWallet ||
			waiting[0].Customer != o.ID || waiting[0].Payout != p.ID {
			b.Fatalf("in suspense: %+v", waiting)
		}
		b.mustHold()
		b.freezeAccount(wallet.ID, ledger.Open)
		do(b, func(ctx context.Context, tx *db.Tx) (custody.Deposit, error) {
			return custody.IdentifyDeposit(ctx, tx, b.ids, treasurer, waiting[0].ID, o.ID)
		})
		b.mustHave(o.ID, 10_000, 0)
		b.mustHold()
	})
}

func (b *till) freezeAccount(a ledger.AccountID, to ledger.State) {
	b.Helper()
	do(b, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
		return struct{}{}, ledger.SetAccountState(ctx, tx, b.ids, a, to)
	})
}

// Before the order goes out, everything is looked at once more.
func TestOrderIsNotSentToAChangedAccount(t *testing.T) {
	t.Parallel()
	each(t, func(b *till) {
		o := b.rich(10_000)
		p := b.withdraw(o, 4_000)
		do(b, func(ctx context.Context, tx *db.Tx) (customer.BankAccount, error) {
			return customer.RemoveBankAccount(ctx, tx, b.ids, o.self(), p.BankAccount)
		})
		b.account(o, 0)
		b.untilQuiet()
		b.mustBe(p.ID, custody.PayoutRejected)
		b.mustHave(o.ID, 10_000, 0)
		if orders := b.sim.Orders(); len(orders) != 0 {
			b.Errorf("the bank has %+v", orders)
		}
		b.mustHold()
	})
}
