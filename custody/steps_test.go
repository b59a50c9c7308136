package custody_test

import (
	"context"
	"slices"
	"testing"

	"openlend/custody"
	"openlend/internal/db"
	"openlend/ledger"
	"openlend/money"
)

var payoutStates = []custody.PayoutState{
	custody.PayoutIntent, custody.PayoutSent, custody.PayoutUnknown, custody.PayoutSettled,
	custody.PayoutRejected, custody.PayoutReturned, custody.PayoutCancelled,
}

var depositStates = []custody.DepositState{
	custody.DepositSuspense, custody.DepositCredited, custody.DepositReturning,
	custody.DepositReturned,
}

// Every step that a person may ask for is refused from every state from which
// the table does not have it, and changes nothing.
func TestIllegalSteps(t *testing.T) {
	t.Parallel()
	each(t, func(b *till) {
		o := b.rich(100_000)
		p := b.withdraw(o, 1_000)
		for _, s := range payoutStates {
			if slices.Contains(s.Steps(), custody.PayoutCancelled) {
				continue
			}
			b.force(`UPDATE custody_payout SET state = $2,
				line_no = CASE WHEN $2 IN ('settled', 'returned') THEN 7 END,
				return_line_no = CASE WHEN $2 = 'returned' THEN 8 END WHERE id = $1`, int64(p.ID), string(s))
			refused(b, "cancel what is "+string(s), custody.ErrInvalidState,
				func(ctx context.Context, tx *db.Tx) (custody.Payout, error) {
					return custody.CancelWithdrawal(ctx, tx, b.ids, o.self(), p.ID)
				})
		}
		b.payIn(1_000, "", "A. Nother")
		b.poll()
		d := b.deposits(custody.DepositSuspense)[0]
		for _, s := range depositStates {
			b.force(`UPDATE custody_deposit SET state = $2,
				customer_id = CASE WHEN $2 = 'credited' THEN 1 END WHERE id = $1`, int64(d.ID), string(s))
			if !slices.Contains(s.Steps(), custody.DepositCredited) {
				refused(b, "identify what is "+string(s), custody.ErrInvalidState,
					func(ctx context.Context, tx *db.Tx) (custody.Deposit, error) {
						return custody.IdentifyDeposit(ctx, tx, b.ids, treasurer, d.ID, o.ID)
					})
			}
			if !slices.Contains(s.Steps(), custody.DepositReturning) {
				refused(b, "return what is "+string(s), custody.ErrInvalidState,
					func(ctx context.Context, tx *db.Tx) (custody.Deposit, error) {
						return custody.ReturnDeposit(ctx, tx, b.ids, b.vault, treasurer, d.ID)
					})
			}
		}
	})
}

// force changes rows behind the room's back.
func (b *till) force(statement string, args ...any) {
	b.Helper()
	do(b, func(ctx context.Context, tx *db.Tx) (int64, error) {
		return tx.Exec(ctx, statement, args...)
	})
}

// What the database itself refuses.
func TestBelts(t *testing.T) {
	t.Parallel()
	each(t, func(b *till) {
		o := b.rich(100_000)
		p, other := b.withdraw(o, 1_000), b.withdraw(o, 1_000)
		b.freeze(treasurer)
		for _, c := range []struct {
			what, statement string
			args            []any
		}{
			{"a request number twice", `UPDATE custody_payout SET request_no = $1 WHERE id = $2`,
				[]any{p.RequestNo, int64(other.ID)}},
			{"a state that is none", `UPDATE custody_payout SET state = 'lost' WHERE id = $1`,
				[]any{int64(p.ID)}},
			{"settled without a line", `UPDATE custody_payout SET state = 'settled' WHERE id = $1`,
				[]any{int64(p.ID)}},
			{"released by who froze", `UPDATE custody_freeze SET checker = maker, released_at = 1
				WHERE id > $1`, []any{int64(0)}},
			{"a line read again", `UPDATE custody_line SET amount = 1 WHERE line_no = $1`,
				[]any{int64(1)}},
			{"a position rewritten", `DELETE FROM custody_position WHERE id > $1`, []any{int64(0)}},
			{"a credit without an owner", `UPDATE custody_deposit SET customer_id = NULL
				WHERE id > $1`, []any{int64(0)}},
		} {
			_, err := try(b, func(ctx context.Context, tx *db.Tx) (int64, error) {
				return tx.Exec(ctx, c.statement, c.args...)
			})
			if !db.IsCheck(err) && !db.IsDuplicate(err) && !db.IsDenied(err) {
				b.Errorf("%s: %v", c.what, err)
			}
		}
	})
}

// sweepsAlone books a sweep of fees that no line of the bank shows, and takes it
// back: the balance says nothing.
func (b *till) sweepsAlone() {
	b.Helper()
	do(b, func(ctx context.Context, tx *db.Tx) ([]ledger.Result, error) {
		a, err := ledger.EnsureAccounts(ctx, tx, b.ids,
			ledger.NewAccount{Kind: ledger.BankClients, Currency: "EUR"},
			ledger.NewAccount{Kind: ledger.BankPlatform, Currency: "EUR"})
		if err != nil {
			return nil, err
		}
		_, err = ledger.Post(ctx, tx, b.ids, ledger.PostFeeSweep(1,
			ledger.Banks{Clients: a[0].ID, Platform: a[1].ID}, money.New(5, "EUR")))
		if err != nil {
			return nil, err
		}
		return ledger.ReverseTransfers(ctx, tx, b.ids,
			ledger.Cause{Type: ledger.CauseFeeSweep, ID: 1})
	})
}

// Verify sees what should not be.
func TestInvariantsSee(t *testing.T) {
	t.Parallel()
	each(t, func(b *till) {
		o := b.rich(100_000)
		settled := b.withdraw(o, 1_000)
		b.untilQuiet()
		b.payIn(70, "", "A. Nother")
		b.poll()
		waiting := b.withdraw(o, 2_000)
		b.mustHold()
		type crime struct{ want, do, undo string }
		for _, c := range []crime{
			{"I10", `UPDATE custody_account SET balance = balance + 1 WHERE id > $1`,
				`UPDATE custody_account SET balance = balance - 1 WHERE id > $1`},
			{"I25", `UPDATE custody_payout SET amount = amount + 1 WHERE id = $1`,
				`UPDATE custody_payout SET amount = amount - 1 WHERE id = $1`},
			{"I25", `UPDATE custody_payout SET state = 'rejected', line_no = NULL WHERE id = $1`,
				`UPDATE custody_payout SET state = 'settled', line_no = 2 WHERE id = $1`},
			{"I25", `UPDATE custody_payout SET line_no = 1 WHERE id = $1`,
				`UPDATE custody_payout SET line_no = 2 WHERE id = $1`},
			{"I30", `UPDATE custody_payout SET created_at = 1 WHERE id = $1`,
				`UPDATE custody_payout SET created_at = 2000000000000000 WHERE id = $1`},
		} {
			n := int64(settled.ID)
			if c.want == "I10" {
				n = 0
			}
			b.force(c.do, n)
			if bad := b.broken(); !slices.Contains(bad, c.want) {
				b.Errorf("%s: verify finds %v", c.do, bad)
			}
			b.force(c.undo, n)
			if bad := b.broken(); len(bad) > 0 {
				b.Fatalf("%s: verify finds %v", c.undo, bad)
			}
		}
		b.force(`UPDATE custody_payout SET state = 'cancelled', ended_at = 1 WHERE id = $1`,
			int64(waiting.ID))
		if bad := b.broken(); !slices.Contains(bad, "I06") || !slices.Contains(bad, "I25") {
			b.Errorf("a hold without a payout: %v", bad)
		}
		b.force(`UPDATE custody_payout SET state = 'intent', ended_at = NULL WHERE id = $1`,
			int64(waiting.ID))
		b.force(`UPDATE custody_deposit SET state = 'credited', customer_id = $1 WHERE line_no = 3`,
			int64(o.ID))
		if bad := b.broken(); !slices.Contains(bad, "I26") {
			b.Errorf("a deposit that nobody identified: %v", bad)
		}
		b.force(`DELETE FROM custody_deposit WHERE line_no = $1`, int64(3))
		if bad := b.broken(); !slices.Contains(bad, "I26") || !slices.Contains(bad, "I08") {
			b.Errorf("a deposit that is gone: %v", bad)
		}
		b.sweepsAlone()
		if bad := b.broken(); !slices.Contains(bad, "I10") {
			b.Errorf("money that the bank has not moved: %v", bad)
		}
	})
}
