package idem

import (
	"context"

	"openlend/internal/db"
)

// SQLite has no such setting and needs none: its one writer never waits for a
// row.
const setLockTimeout = `SELECT set_config('lock_timeout', '5s', true)`

// waitBriefly bounds how long a command waits for its twin, and with it every
// later wait for a lock in this transaction.
func waitBriefly(ctx context.Context, tx *db.Tx) error {
	if tx.Engine() != db.Postgres {
		return nil
	}
	_, err := db.Value[string](ctx, tx, setLockTimeout)
	return err
}
