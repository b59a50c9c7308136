package closing

import (
	"context"

	"openlend/internal/db"
)

const selectExpiredHolds = `SELECT COUNT(*) FROM ledger_hold
	WHERE state = 'open' AND expires_at IS NOT NULL AND expires_at <= $1`

// countExpiredHolds counts what ledger.ExpireHolds would release.
func countExpiredHolds(ctx context.Context, tx *db.Tx) (int64, error) {
	return db.Value[int64](ctx, tx, selectExpiredHolds, tx.Now().UnixMicro())
}
