package schema_test

import (
	"context"
	"testing"

	"openlend/internal/db"
	"openlend/internal/testdb"
)

func TestApplicationRoleCannotRewriteHistory(t *testing.T) {
	testdb.Each(t, func(t *testing.T, d *db.DB) {
		for _, text := range []string{
			`UPDATE ledger_transfer SET amount = 1`, `DELETE FROM ledger_batch`,
		} {
			_, err := db.Write(t.Context(), d,
				func(ctx context.Context, tx *db.Tx) (int64, error) { return tx.Exec(ctx, text) })
			if d.Engine() == db.Postgres && !db.IsDenied(err) {
				t.Errorf("%s: got %v, want permission denied", text, err)
			}
		}
	})
}
