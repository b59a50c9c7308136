package bench

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"

	"openlend/internal/db"
)

// limitTable has the columns and indexes of ledger_transfer and nothing else
// does any work for it.
const limitTable = "bench_transfer"

var insertLimit = &db.Insert{Table: limitTable, Columns: []string{
	"id", "cause_id", "cause_type", "leg", "entry_type", "debit_id", "credit_id", "amount",
	"currency", "booked_at", "business_on", "debit_after", "debit_previous_id",
	"credit_after", "credit_previous_id"}}

// limitBatch is the rows of one transaction of the limit.
const limitBatch = 1000

// makeLimitTable copies the table as it is in the schema: columns, checks and
// indexes. d must be opened by the owner.
func makeLimitTable(ctx context.Context, d *db.DB, appRole string) error {
	_, err := db.Write(ctx, d, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
		var none struct{}
		if tx.Engine() == db.Postgres {
			for _, text := range []string{
				"CREATE TABLE " + limitTable + " (LIKE ledger_transfer INCLUDING ALL)",
				"GRANT SELECT, INSERT ON " + limitTable + " TO " + appRole,
			} {
				if _, err := tx.Exec(ctx, text); err != nil {
					return none, err
				}
			}
			return none, nil
		}
		texts, err := db.Values[string](ctx, tx, `SELECT sql FROM sqlite_master
			WHERE tbl_name = 'ledger_transfer' AND type IN ('table', 'index') AND sql IS NOT NULL
			ORDER BY type DESC`)
		if err != nil {
			return none, err
		}
		if len(texts) == 0 {
			return none, errors.New("bench: ledger_transfer is not in the schema")
		}
		for _, text := range texts {
			text = strings.ReplaceAll(text, "ledger_transfer", limitTable)
			if _, err := tx.Exec(ctx, text); err != nil {
				return none, err
			}
		}
		return none, nil
	})
	return err
}

// insertLimitBatch commits the next rows of the limit.
func insertLimitBatch(ctx context.Context, b *books) (int, error) {
	first, err := b.ids.Block(limitBatch)
	if err != nil {
		return 0, err
	}
	return db.Write(ctx, b.db, func(ctx context.Context, tx *db.Tx) (int, error) {
		at := tx.Now().UnixMicro()
		return limitBatch, tx.InsertMany(ctx, insertLimit, limitBatch,
			func(i int, r *db.Row) {
				id := first + int64(i)
				r.Int(id)
				r.Int(id)
				r.Text("bench")
				r.Int(0)
				r.Text("transfer")
				r.Int(int64(b.wallets[rand.IntN(len(b.wallets))]))
				r.Int(int64(b.bank))
				r.Int(1 + rand.Int64N(999))
				r.Text(string(currency))
				r.Int(at)
				r.Text("2026-01-02")
				for range 4 {
					r.Int(id - 1 - rand.Int64N(1_000_000))
				}
			})
	})
}
