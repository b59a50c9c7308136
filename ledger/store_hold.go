package ledger

import (
	"context"

	"openlend/internal/db"
)

const (
	selectExpired = `SELECT expires_at, cause_id, cause_type FROM ledger_hold
		WHERE state = 'open' AND expires_at IS NOT NULL AND expires_at <= $1
			AND (expires_at, cause_id, cause_type) > ($2, $3, $4)
		ORDER BY expires_at, cause_id, cause_type LIMIT $5`

	selectOpenHolds = `SELECT cause_id, cause_type, account_id, amount, remaining, currency,
		state, opened_at, expires_at FROM ledger_hold
		WHERE state = 'open' AND account_id = $1 AND (cause_id, cause_type) > ($2, $3)
		ORDER BY cause_id, cause_type LIMIT $4`
)

// loadExpired finds open holds whose time has passed, in the order of it.
func loadExpired(ctx context.Context, tx *db.Tx, after expiry, limit int) ([]expiry, error) {
	scan := func(s db.Scanner) (e expiry, err error) {
		err = s.Scan(&e.at, &e.cause.ID, &e.cause.Type)
		return e, err
	}
	return db.Many(ctx, tx, scan, selectExpired, tx.Now().UnixMicro(),
		after.at, after.cause.ID, after.cause.Type, limit)
}

func loadOpenHolds(
	ctx context.Context, tx *db.Tx, account AccountID, after Cause, limit int,
) ([]*Hold, error) {
	return db.Many(ctx, tx, scanHold, selectOpenHolds, int64(account), after.ID, after.Type, limit)
}
