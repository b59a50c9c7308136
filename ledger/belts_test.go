package ledger_test

import (
	"context"
	"strings"
	"testing"

	"openlend/internal/db"
	"openlend/ledger"
	"openlend/schema"
)

// What the code never does, the database refuses when somebody does it by hand.
func TestSecondBelts(t *testing.T) {
	eachBooks(t, func(b *books) {
		a := b.wallet(100)
		b.must(ledger.PostBidHold(1, a, eur(40), morning)...)
		booked := b.must(ledger.PostFee(1, a, b.fees, eur(10))...)[0].Transfer
		b.nextDate()
		b.sealDate(firstDay)
		b.sealLog(ledger.PlaceIn(b.TempDir(), ""))
		before := b.everything() + b.rollups()

		for _, text := range []string{
			// I04: neither held nor available below zero.
			`UPDATE ledger_balance SET held = 91 WHERE account_id = $1`,
			`UPDATE ledger_balance SET posted = 39 WHERE account_id = $1`,
			`UPDATE ledger_balance SET held = -1 WHERE account_id = $1`,
			`UPDATE ledger_balance SET posted = -1, held = -1 WHERE account_id = $1`,
			// Holds.
			`UPDATE ledger_hold SET remaining = 41 WHERE account_id = $1`,
			`UPDATE ledger_hold SET remaining = 0 WHERE account_id = $1`,
			`UPDATE ledger_hold SET state = 'voided' WHERE account_id = $1`,
			`UPDATE ledger_hold SET state = 'gone', remaining = 0 WHERE account_id = $1`,
			`UPDATE ledger_hold SET amount = 0 WHERE account_id = $1`,
			// Accounts and dates.
			`UPDATE ledger_account SET state = 'asleep' WHERE id = $1`,
			`UPDATE ledger_clock SET business_on = sealed_through WHERE id <> $1`,
			`UPDATE ledger_clock SET sealed_through = business_on WHERE id <> $1`,
			`UPDATE ledger_clock SET id = 2 WHERE id <> $1`,
			// Transfers.
			insertLike(`cause_id + 1`, `amount`, `debit_id`, `entry_type`, `id`),
			insertLike(`cause_id`, `amount`, `debit_id`, `entry_type`, `id + 1`),
			insertLike(`cause_id + 1`, `0`, `debit_id`, `entry_type`, `id + 1`),
			insertLike(`cause_id + 1`, `amount`, `credit_id`, `entry_type`, `id + 1`),
			insertLike(`cause_id + 1`, `amount`, `debit_id`, `'gift'`, `id + 1`),
		} {
			err := b.failing(func(ctx context.Context, tx *db.Tx) error {
				n, err := tx.Exec(ctx, text, int64(a))
				if err == nil {
					b.Errorf("%s: changed %d rows", text, n)
					return db.ErrNotFound // and take it back
				}
				return err
			})
			if !db.IsCheck(err) && !db.IsDuplicate(err) {
				b.Errorf("%s: %v", text, err)
			}
		}
		for _, table := range schema.AppendOnly {
			if !strings.HasPrefix(table, "ledger_") {
				continue // of another room: there is no row to keep here
			}
			for _, text := range []string{
				"DELETE FROM " + table, "UPDATE " + table + " SET " + firstColumn[table] + " = 7",
			} {
				err := b.failing(func(ctx context.Context, tx *db.Tx) error {
					_, err := tx.Exec(ctx, text)
					return err
				})
				if !db.IsCheck(err) && !db.IsDenied(err) {
					b.Errorf("%s: %v", text, err)
				}
			}
		}
		if after := b.everything() + b.rollups(); after != before {
			b.Errorf("changed by hand:\n%s\nwas\n%s", after, before)
		}
		if len(b.statement(ledger.StatementQuery{Account: a}, nil)) != 2 || booked == 0 {
			b.Error("the statement has changed")
		}
		mustBeSound(b)
	})
}

var firstColumn = map[string]string{
	"ledger_transfer": "amount", "ledger_batch": "count", "ledger_leaf": "batch_id",
	"ledger_log_hash": "position", "ledger_head": "signed_at", "ledger_rollup": "balance",
}

// insertLike copies the account's fee with something changed.
func insertLike(cause, amount, debit, entry, id string) string {
	return `INSERT INTO ledger_transfer (id, cause_id, cause_type, leg, entry_type, debit_id,
		credit_id, amount, currency, booked_at, business_on, debit_after, debit_previous_id)
		SELECT ` + id + `, ` + cause + `, cause_type, leg, ` + entry + `, ` + debit + `,
		credit_id, ` + amount + `, currency, booked_at, business_on, debit_after,
		debit_previous_id FROM ledger_transfer WHERE debit_id = $1`
}
