package custody_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"openlend/custody"
	"openlend/custody/banksim"
	"openlend/customer"
	"openlend/internal/db"
	"openlend/internal/saga"
	"openlend/money"
)

// Whatever happens on the way, the order is paid once, under one number, and the
// books know it in the end.
func TestBankMisbehaves(t *testing.T) {
	t.Parallel()
	each(t, func(b *till) {
		o := b.rich(100_000)
		for i, c := range []struct {
			name   string
			faults []banksim.Fault
			tries  int64
		}{
			{"the answer is lost", []banksim.Fault{{On: "send", Kind: "timeout"}}, 1},
			{"the order is lost", []banksim.Fault{{On: "send", Kind: "lost"}}, 2},
			{"lost twice, then the answer", []banksim.Fault{{On: "send", Kind: "lost", Times: 2},
				{On: "send", Kind: "error"}}, 3},
			{"applied, then 500", []banksim.Fault{{On: "send", Kind: "error"}}, 1},
			{"a page for an answer", []banksim.Fault{{On: "send", Kind: "html"}}, 1},
			{"10 MB for an answer", []banksim.Fault{{On: "send", Kind: "huge"}}, 1},
			{"another schema", []banksim.Fault{{On: "send", Kind: "schema"}}, 1},
			{"queries fail too", []banksim.Fault{{On: "send", Kind: "error"},
				{On: "find", Kind: "timeout"}, {On: "find", Kind: "schema"}, {On: "find", Kind: "html"},
				{On: "lines", Kind: "error", Times: 3}, {On: "balance", Kind: "huge"}}, 1},
			{"lines twice and backwards", []banksim.Fault{{On: "lines", Kind: "duplicate"},
				{On: "lines", Kind: "reorder", Times: 2}}, 1},
		} {
			b.payIn(7, "somebody", "else")
			b.sim.Script(c.faults...)
			p := b.withdraw(o, 4_000)
			b.patient = true
			b.untilQuiet()
			b.patient = false
			got := b.payout(p.ID)
			if got.Tries != c.tries || got.State != custody.PayoutSettled {
				b.Errorf("%s: after %d tries it is %s", c.name, got.Tries, got.State)
			}
			orders := b.sim.Orders()
			if len(orders) != i+1 || orders[i].RequestNo != p.RequestNo {
				b.Errorf("%s: the bank has %+v", c.name, orders)
			}
			b.sim.Behave()
			b.poll()
			b.mustBreak()
			b.mustHave(o.ID, 100_000-int64(i+1)*4_000, 0)
		}
		b.mustHold()
	})
}

// An order that the bank does not know is sent again only after the bank's
// cut-off and the end of its statement, and under the same number.
func TestUnknownWaitsForTheCutOff(t *testing.T) {
	t.Parallel()
	eachWith(t, banksim.Options{CutOff: time.Hour}, func(b *till) {
		o := b.rich(10_000)
		b.sim.Script(banksim.Fault{On: "send", Kind: "lost"})
		p := b.withdraw(o, 4_000)
		b.run()
		b.mustBe(p.ID, custody.PayoutUnknown)
		alive := read(b, func(ctx context.Context, tx *db.Tx) ([]saga.Saga, error) {
			return saga.List(ctx, tx, saga.Query{})
		})
		if len(alive) != 1 || alive[0].Subject != int64(p.ID) || alive[0].Step != "await" ||
			alive[0].Why != "the bank does not know the order" {
			b.Errorf("%+v", alive)
		}
		for range 20 { // 50 minutes: the cut-off is after an hour
			b.clock.Advance(150 * time.Second)
			b.run()
			b.poll()
			if got := b.mustBe(p.ID, custody.PayoutUnknown); got.Tries != 1 {
				b.Fatalf("tried %d times at %s", got.Tries, b.clock.Now())
			}
		}
		b.mustHave(o.ID, 6_000, 0)
		b.mustHold()
		b.clock.Advance(10 * time.Minute)
		b.sim.Script(banksim.Fault{On: "lines", Kind: "error", Times: 100})
		for range 4 { // after the cut-off, and the statement is not there
			b.clock.Advance(time.Hour)
			b.run()
		}
		b.mustBe(p.ID, custody.PayoutUnknown)
		b.sim.Behave()
		b.untilQuiet()
		if got := b.mustBe(p.ID, custody.PayoutSettled); got.Tries != 2 {
			b.Errorf("%+v", got)
		}
		if orders := b.sim.Orders(); len(orders) != 1 || orders[0].RequestNo != p.RequestNo {
			b.Errorf("the bank has %+v", orders)
		}
		b.mustHold()
	})
}

// A process that dies after it counted a try does not send again by itself.
func TestCrashWhileSending(t *testing.T) {
	t.Parallel()
	each(t, func(b *till) {
		o := b.rich(10_000)
		p := b.withdraw(o, 4_000)
		ctx, cancel := context.WithCancel(b.Context())
		b.sim.Script(banksim.Fault{On: "send", Kind: "timeout"})
		go func() { // the crash: while the bank is at work
			for range 1000 {
				if len(b.sim.Orders()) > 0 {
					break
				}
				time.Sleep(time.Millisecond)
			}
			cancel()
		}()
		_, _ = b.engine.RunDue(ctx)
		if got := b.payout(p.ID); got.Tries != 1 || got.State != custody.PayoutSent {
			b.Fatalf("%+v", got)
		}
		b.clock.Advance(time.Minute)
		b.untilQuiet()
		if got := b.mustBe(p.ID, custody.PayoutSettled); got.Tries != 1 {
			b.Errorf("%+v", got)
		}
		b.mustHold()
	})
}

// A bank account that is gone when the order has to be sent again ends the
// payout, once the bank certainly has no order.
func TestAccountRemovedWhileUnknown(t *testing.T) {
	t.Parallel()
	each(t, func(b *till) {
		o := b.rich(10_000)
		b.sim.Script(banksim.Fault{On: "send", Kind: "lost"})
		p := b.withdraw(o, 4_000)
		b.run()
		do(b, func(ctx context.Context, tx *db.Tx) (customer.BankAccount, error) {
			return customer.RemoveBankAccount(ctx, tx, b.ids, o.self(), p.BankAccount)
		})
		b.mustBe(p.ID, custody.PayoutUnknown)
		b.untilQuiet()
		b.mustBe(p.ID, custody.PayoutRejected)
		b.mustHave(o.ID, 10_000, 0)
		b.mustHold()
	})
}

// A line that is left out is missed, at once: by its number and by the balance.
func TestMissingLine(t *testing.T) {
	t.Parallel()
	each(t, func(b *till) {
		o := b.rich(10_000)
		b.payIn(1, "", "X Y")
		b.payIn(20, "", "X Y")
		b.payIn(300, "", "X Y")
		b.sim.Script(banksim.Fault{On: "lines", Kind: "omit", Line: 3})
		b.poll()
		b.mustBreak(custody.BreakLineMissing, custody.BreakDifference)
		if p := b.position(); p.Difference != 20 || p.Books != 10_301 || p.Bank != 10_321 {
			b.Errorf("%+v", p)
		}
		if bad := b.broken(); fmt.Sprint(bad) != "[I10]" {
			b.Errorf("verify finds %v", bad)
		}
		p := b.withdraw(o, 4_000)
		b.run()
		b.mustBe(p.ID, custody.PayoutIntent) // payouts are frozen
		b.poll()
		b.mustBreak() // the line has come
		b.sim.Script(banksim.Fault{On: "lines", Kind: "omit"})
		b.payIn(4_000, "", "X Y")
		b.poll()
		b.mustBreak(custody.BreakLineMissing, custody.BreakDifference)
		b.poll()
		b.mustBreak()
		b.mustHold()
	})
}

// A line that reads otherwise than the bank's balance has it makes a difference;
// read again as it is, it is known as altered. Nothing is booked a second time.
func TestAlteredLine(t *testing.T) {
	t.Parallel()
	each(t, func(b *till) {
		b.rich(10_000)
		b.payIn(300, "", "X Y")
		b.sim.Script(banksim.Fault{On: "lines", Kind: "alter", Line: 2})
		b.poll()
		b.mustBreak(custody.BreakDifference)
		b.poll()
		b.mustBreak(custody.BreakDifference, custody.BreakLineAltered)
		if p := b.position(); p.Difference != -1 || p.Books != 10_301 {
			b.Errorf("%+v", p)
		}
	})
}

// An order of somebody else that the bank shows as ours opens a break and books
// nothing, nor does its return: then the balances agree again.
func TestOrderThatIsNotOurs(t *testing.T) {
	t.Parallel()
	each(t, func(b *till) {
		b.rich(10_000)
		_, err := b.bank.Send(b.Context(), custody.Order{RequestNo: "not-ours", Amount: eur(700),
			To: custody.Party{Name: "X", Account: "Y", Country: "DE"}})
		b.must(err)
		b.poll()
		b.mustBreak(custody.BreakUnknownOrder, custody.BreakDifference)
		b.must(b.sim.Return("not-ours", "account closed"))
		b.poll()
		b.mustBreak(custody.BreakUnknownOrder, custody.BreakUnknownOrder)
		b.mustHold()
	})
}

// Words of the bank that contradict its own change nothing and open breaks.
func TestContradictions(t *testing.T) {
	t.Parallel()
	eachWith(t, banksim.Options{SettleAfter: -1}, func(b *till) {
		o := b.rich(100_000)
		word := func(outcome custody.Outcome, minor, line, back int64) custody.Result {
			return custody.Result{Outcome: outcome, Amount: eur(minor), Line: line,
				ReturnLine: back}
		}
		for i, c := range []struct {
			first, second custody.Result
			state         custody.PayoutState
			want          custody.BreakKind
		}{
			{word("settled", 1_000, 101, 0), word("rejected", 1_000, 0, 0), "settled", "contradiction"},
			{word("rejected", 1_000, 0, 0), word("settled", 1_000, 102, 0), "rejected", "contradiction"},
			{word("rejected", 1_000, 0, 0), word("returned", 1_000, 103, 104), "rejected", "contradiction"},
			{word("returned", 1_000, 105, 106), word("rejected", 1_000, 0, 0), "returned", "contradiction"},
			{word("settled", 1_000, 107, 0), word("settled", 1_000, 108, 0), "settled", "second_line"},
			{word("returned", 1_000, 109, 110), word("returned", 1_000, 109, 111), "returned", "second_line"},
			{word("pending", 1_000, 0, 0), word("settled", 999, 112, 0), "sent", "amount"},
			{word("pending", 1_000, 0, 0), word("settled", 1_000, 101, 0), "sent", "second_line"},
		} {
			p := b.withdraw(o, 1_000)
			b.run()
			b.mustBe(p.ID, custody.PayoutSent)
			b.hear(p, c.first)
			before := b.wallet(o.ID).Posted
			b.hear(p, c.second)
			b.hear(p, c.second)
			b.mustBe(p.ID, c.state)
			if after := b.wallet(o.ID).Posted; after != before {
				b.Errorf("case %d: the wallet went from %d to %d", i, before, after)
			}
			if got := b.breaks(); len(got) != i+1 || got[i] != c.want {
				b.Errorf("case %d: the breaks are %v", i, got)
			}
		}
		if bad := b.broken(); len(bad) > 0 && fmt.Sprint(bad) != "[I10]" {
			b.Errorf("invariants: %v", bad)
		}
	})
}

// hear applies what the bank says of a payout.
func (b *till) hear(p custody.Payout, r custody.Result) {
	b.Helper()
	do(b, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
		return struct{}{}, custody.ApplyBankResult(ctx, tx, b.ids, p.RequestNo, r)
	})
}

// The bank knows an order that a restored database has not sent: its word is
// taken, and somebody is told.
func TestBankIsAheadOfTheBooks(t *testing.T) {
	t.Parallel()
	each(t, func(b *till) {
		o := b.rich(10_000)
		p := b.withdraw(o, 4_000)
		_, err := b.bank.Send(b.Context(), custody.Order{RequestNo: p.RequestNo,
			Amount: p.Amount, To: custody.Party{Name: "X", Account: "Y", Country: "DE"}})
		b.must(err)
		b.poll()
		b.mustBe(p.ID, custody.PayoutSettled)
		b.mustBreak(custody.BreakEarly)
		b.mustHave(o.ID, 6_000, 0)
		b.untilQuiet()
		if orders := b.sim.Orders(); len(orders) != 1 {
			b.Errorf("the bank has %+v", orders)
		}
		refused(b, "nobody's number", custody.ErrNotFound,
			func(ctx context.Context, tx *db.Tx) (struct{}, error) {
				return struct{}{}, custody.ApplyBankResult(ctx, tx, b.ids, "pout_0000000000001",
					custody.Result{Outcome: custody.OutcomeSettled, Amount: eur(1), Line: 1})
			})
		b.mustHold()
	})
}

// A line that cannot be booked is missed, and keeps nobody else from his money.
func TestLineThatCannotBeBooked(t *testing.T) {
	t.Parallel()
	each(t, func(b *till) {
		o := b.rich(10_000)
		b.payIn(math.MaxInt64-5_000, o.ID.String(), o.name) // more than a wallet can hold
		other := b.anna()
		b.payIn(700, other.ID.String(), other.name)
		if err := b.poller.Once(b.Context()); !errors.Is(err, money.ErrOverflow) {
			b.Errorf("%v", err)
		}
		b.mustHave(o.ID, 10_000, 0)
		b.mustHave(other.ID, 700, 0)
		b.mustBreak(custody.BreakLineMissing)
	})
}
