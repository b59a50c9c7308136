package custody_test

import (
	"context"
	"testing"
	"time"

	"openlend/access"
	"openlend/custody"
	"openlend/internal/db"
)

func (b *till) freeze(actor access.Actor) {
	b.Helper()
	do(b, func(ctx context.Context, tx *db.Tx) (custody.Freeze, error) {
		return custody.FreezePayouts(ctx, tx, b.ids, actor, "looks odd")
	})
}

// While payouts are frozen no order goes out; another person releases them, when
// the bank was asked and agrees.
func TestFreezeAndRelease(t *testing.T) {
	t.Parallel()
	each(t, func(b *till) {
		release := func(actor access.Actor) func(context.Context, *db.Tx) (custody.Freeze, error) {
			return func(ctx context.Context, tx *db.Tx) (custody.Freeze, error) {
				return custody.ReleasePayouts(ctx, tx, b.ids, actor)
			}
		}
		o := b.rich(10_000)
		refused(b, "not frozen", custody.ErrNotFrozen, release(second))
		refused(b, "a customer freezes", access.ErrForbidden,
			func(ctx context.Context, tx *db.Tx) (custody.Freeze, error) {
				return custody.FreezePayouts(ctx, tx, b.ids, o.self(), "looks odd")
			})
		refused(b, "without a reason", custody.ErrReason,
			func(ctx context.Context, tx *db.Tx) (custody.Freeze, error) {
				return custody.FreezePayouts(ctx, tx, b.ids, treasurer, "")
			})
		b.clock.Advance(time.Second)
		b.freeze(treasurer)
		b.poll()
		b.clock.Advance(time.Second)
		b.freeze(access.System("restore")) // an older freeze and an older look help nobody
		p := b.withdraw(o, 4_000)
		for range 5 {
			b.run()
			b.clock.Advance(time.Minute)
		}
		b.mustBe(p.ID, custody.PayoutIntent)
		refused(b, "the same person", custody.ErrFourEyes, release(treasurer))
		refused(b, "who may not", access.ErrForbidden, release(support))
		refused(b, "before the bank was asked", custody.ErrNotClean, release(second))
		b.poll()
		if got := do(b, release(second)); got.Checker != "staff:tina" {
			b.Errorf("%+v", got)
		}
		refused(b, "again", custody.ErrNotFrozen, release(second))
		b.untilQuiet()
		b.mustBe(p.ID, custody.PayoutSettled)
		b.mustHold()
	})
}

// A restored database has forgotten what the bank knows: it asks first.
func TestRestoredPlatform(t *testing.T) {
	t.Parallel()
	each(t, func(b *till) {
		o := b.rich(10_000)
		b.freeze(access.System("restore"))
		b.clock.Advance(time.Second)
		// The bank has paid an order that the restored books know nothing of.
		_, err := b.bank.Send(b.Context(), custody.Order{RequestNo: "pout_0000000000001",
			Amount: eur(300), To: custody.Party{Name: "X", Account: "Y", Country: "DE"}})
		b.must(err)
		p := b.withdraw(o, 4_000)
		b.poll()
		b.run()
		b.mustBe(p.ID, custody.PayoutIntent)
		refused(b, "not clean", custody.ErrNotClean,
			func(ctx context.Context, tx *db.Tx) (custody.Freeze, error) {
				return custody.ReleasePayouts(ctx, tx, b.ids, treasurer)
			})
		b.must(b.sim.Return("pout_0000000000001", "returned to sender"))
		b.clock.Advance(time.Second)
		b.poll()
		do(b, func(ctx context.Context, tx *db.Tx) (custody.Freeze, error) {
			return custody.ReleasePayouts(ctx, tx, b.ids, treasurer)
		})
		b.untilQuiet()
		b.mustBe(p.ID, custody.PayoutSettled)
	})
}

func TestBreaksHaveOwners(t *testing.T) {
	t.Parallel()
	each(t, func(b *till) {
		b.rich(10_000)
		_, err := b.bank.Send(b.Context(), custody.Order{RequestNo: "not-ours", Amount: eur(700),
			To: custody.Party{Name: "X", Account: "Y", Country: "DE"}})
		b.must(err)
		b.poll()
		open := read(b, func(ctx context.Context, tx *db.Tx) ([]custody.Break, error) {
			return custody.ListBreaks(ctx, tx, auditor,
				custody.BreakQuery{State: custody.BreakOpen})
		})
		n := open[len(open)-1].ID
		closeBy := func(actor access.Actor, note string) func(
			context.Context, *db.Tx) (custody.Break, error) {
			return func(ctx context.Context, tx *db.Tx) (custody.Break, error) {
				return custody.CloseBreak(ctx, tx, actor, n, note)
			}
		}
		refused(b, "an auditor", access.ErrForbidden, closeBy(auditor, "explained"))
		refused(b, "without a word", custody.ErrReason, closeBy(treasurer, ""))
		got := do(b, func(ctx context.Context, tx *db.Tx) (custody.Break, error) {
			return custody.AssignBreak(ctx, tx, treasurer, n, "staff:tina")
		})
		if got.Owner != "staff:tina" || open[0].Owner != "role:treasurer" {
			b.Errorf("%+v, %+v", got, open[0])
		}
		got = do(b, closeBy(second, "the bank has booked it back"))
		if got.State != custody.BreakClosed || got.ClosedBy != "staff:tina" {
			b.Errorf("%+v", got)
		}
		refused(b, "again", custody.ErrInvalidState, closeBy(second, "explained"))
	})
}
