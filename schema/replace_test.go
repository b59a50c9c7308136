package schema_test

import (
	"context"
	"testing"

	"openlend/internal/db"
	"openlend/internal/testdb"
)

// REPLACE deletes without a DELETE: on SQLite the triggers hear of it only with
// recursive triggers, which internal/db switches on.
func TestReplaceCannotRewriteHistory(t *testing.T) {
	d := testdb.Open(t, db.Options{URL: testdb.SQLite(t)})
	exec := func(text string) error {
		_, err := db.Write(t.Context(), d,
			func(ctx context.Context, tx *db.Tx) (int64, error) { return tx.Exec(ctx, text) })
		return err
	}
	const row = `INTO ledger_head (tree_size, signed_at, note) VALUES (1, 2, 'three')`
	if err := exec("INSERT " + row); err != nil {
		t.Fatal(err)
	}
	if err := exec("INSERT OR REPLACE " + row); !db.IsCheck(err) {
		t.Errorf("got %v", err)
	}
}
