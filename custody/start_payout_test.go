package custody_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"openlend/custody"
	"openlend/custody/banksim"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/internal/lease"
	"openlend/ledger"
	"openlend/money"
)

// moved takes money out of a wallet into payout_transit, as servicing does, and
// has it paid out.
func (b *till) moved(o owner, purpose custody.Purpose, subject, minor int64) custody.Payout {
	b.Helper()
	return do(b, func(ctx context.Context, tx *db.Tx) (custody.Payout, error) {
		transit, err := ledger.EnsureAccounts(ctx, tx, b.ids, ledger.NewAccount{
			Kind: ledger.PayoutTransit, Currency: money.EUR, OwnerID: int64(o.ID)})
		if err != nil {
			return custody.Payout{}, err
		}
		found, err := ledger.FindAccounts(ctx, tx, ledger.NewAccount{Kind: ledger.Wallet,
			Currency: money.EUR, OwnerID: int64(o.ID)})
		if err != nil {
			return custody.Payout{}, err
		}
		results, err := ledger.Post(ctx, tx, b.ids, []ledger.Command{{
			Cause: ledger.Cause{Type: "test_" + string(purpose), ID: subject}, Debit: found[0].ID,
			Credit: transit[0].ID, Amount: eur(minor)}})
		if err != nil || results[0].Err != nil {
			return custody.Payout{}, errors.Join(err, results[0].Err)
		}
		return custody.StartPayout(ctx, tx, b.ids, custody.NewPayout{Purpose: purpose,
			Subject: subject, Customer: o.ID, Amount: eur(minor)})
	})
}

func (b *till) topics() (topics []string) {
	b.Helper()
	return read(b, func(ctx context.Context, tx *db.Tx) ([]string, error) {
		return db.Values[string](ctx, tx, `SELECT topic || ' ' || payload FROM outbox
			WHERE topic LIKE 'custody.payout_%' ORDER BY id`)
	})
}

// A disbursement is booked under its loan when the bank has paid it; one that
// the bank rejects is only announced, and its money stays where it is.
func TestDisbursement(t *testing.T) {
	t.Parallel()
	each(t, func(b *till) {
		o := b.rich(10_000)
		transit := func() int64 {
			return read(b, func(ctx context.Context, tx *db.Tx) (int64, error) {
				a, err := ledger.FindAccounts(ctx, tx, ledger.NewAccount{Kind: ledger.PayoutTransit,
					Currency: money.EUR, OwnerID: int64(o.ID)})
				return a[0].Posted, err
			})
		}
		p := b.moved(o, custody.PurposeDisbursement, 41, 4_000)
		again := do(b, func(ctx context.Context, tx *db.Tx) (custody.Payout, error) {
			return custody.StartPayout(ctx, tx, b.ids, custody.NewPayout{
				Purpose: custody.PurposeDisbursement, Subject: 41, Customer: o.ID,
				Amount: eur(4_000)})
		})
		if again.ID != p.ID {
			b.Errorf("two payouts for one loan: %s, %s", p.ID, again.ID)
		}
		for what, in := range map[error]custody.NewPayout{
			custody.ErrDifferent: {
				Purpose: custody.PurposeDisbursement, Subject: 41, Customer: o.ID,
				Amount: eur(4_001)},
			custody.ErrAmount: {Purpose: custody.PurposeDisbursement, Subject: 42, Customer: o.ID,
				Amount: eur(0)},
			custody.ErrPurpose: {Purpose: custody.PurposeWithdrawal, Subject: 42, Customer: o.ID,
				Amount: eur(1)},
		} {
			refused(b, what.Error(), what,
				func(ctx context.Context, tx *db.Tx) (custody.Payout, error) {
					return custody.StartPayout(ctx, tx, b.ids, in)
				})
		}
		b.untilQuiet()
		b.mustBe(p.ID, custody.PayoutSettled)
		if transit() != 0 {
			b.Errorf("%d are in transit", transit())
		}
		b.sim.Script(banksim.Fault{On: "send", Kind: "reject"})
		no := b.moved(o, custody.PurposeDisbursement, 43, 2_000)
		b.untilQuiet()
		b.mustBe(no.ID, custody.PayoutRejected)
		if transit() != 2_000 {
			b.Errorf("%d are in transit", transit())
		}
		refund := b.moved(o, custody.PurposeRefund, 41, 500)
		b.untilQuiet()
		b.must(b.sim.Return(refund.RequestNo, "account closed"))
		b.poll()
		b.mustBe(refund.ID, custody.PayoutReturned)
		b.mustHave(o.ID, 4_000, 0)
		want := []string{
			fmt.Sprintf(`custody.payout_settled {"payout":%q,"purpose":"disbursement","subject":"41"}`, p.ID),
			fmt.Sprintf(`custody.payout_rejected {"payout":%q,"purpose":"disbursement","subject":"43"}`, no.ID),
			fmt.Sprintf(`custody.payout_settled {"payout":%q,"purpose":"refund","subject":"41"}`, refund.ID),
			fmt.Sprintf(`custody.payout_returned {"payout":%q,"purpose":"refund","subject":"41"}`, refund.ID),
		}
		if got := b.topics(); !slices.Equal(got, want) {
			b.Errorf("announced %q", got)
		}
		found := read(b, func(ctx context.Context, tx *db.Tx) (custody.Payout, error) {
			return custody.PayoutFor(ctx, tx, custody.PurposeRefund, 41)
		})
		if found.ID != refund.ID {
			b.Errorf("%+v", found)
		}
		b.mustHold()
	})
}

// Fifty withdrawals at once against one balance: as many as it holds succeed.
func TestWithdrawalsAtOnce(t *testing.T) {
	t.Parallel()
	each(t, func(b *till) {
		o := b.rich(10_000)
		var accepted atomic.Int64
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				_, err := try(b, func(ctx context.Context, tx *db.Tx) (custody.Payout, error) {
					return custody.RequestWithdrawal(ctx, tx, b.ids, o.self(),
						custody.NewWithdrawal{Customer: o.ID, Amount: eur(700)})
				})
				switch {
				case err == nil:
					accepted.Add(1)
				case !errors.Is(err, ledger.ErrInsufficient):
					b.Error(err)
				}
			})
		}
		all.Wait()
		if accepted.Load() != 14 {
			b.Errorf("%d were accepted, not 14", accepted.Load())
		}
		b.mustHave(o.ID, 10_000, 9_800)
		b.untilQuiet()
		if n := len(b.sim.Orders()); n != 14 {
			b.Errorf("the bank has %d orders", n)
		}
		b.mustHave(o.ID, 200, 0)
		b.mustHold()
	})
}

// Two nodes poll one bank: one works, and one that was stopped changes nothing
// when it wakes up.
func TestTwoPollers(t *testing.T) {
	t.Parallel()
	each(t, func(b *till) {
		other := *b.poller
		other.Holder = id.Holder()
		held, err := lease.Acquire(b.Context(), b.db, b.clock, "custody/poller", other.Holder,
			time.Minute)
		b.must(err)
		o := b.anna()
		b.payIn(1_000, o.ID.String(), o.name)
		if err := b.poller.Once(b.Context()); !errors.Is(err, lease.ErrHeld) {
			b.Errorf("%v", err)
		}
		b.must(held.Release(b.Context()))
		b.poll()
		b.must(other.Once(b.Context()))
		b.mustHave(o.ID, 1_000, 0)
		b.mustHold()
	})
}
