package app

import (
	"context"

	"openlend/internal/db"
)

const selectStandby = `SELECT pg_is_in_recovery()`

// writable asks the database for a transaction that could write.
func writable(ctx context.Context, d *db.DB) error {
	_, err := db.Write(ctx, d, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
		if tx.Engine() != db.Postgres {
			return struct{}{}, nil
		}
		standby, err := db.Value[bool](ctx, tx, selectStandby)
		if err == nil && standby {
			err = ErrStandby
		}
		return struct{}{}, err
	})
	return err
}
