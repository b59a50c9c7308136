package ledger

import (
	"context"

	"openlend/internal/db"
)

const (
	selectAccountsByOwner = `SELECT a.id, a.kind, a.currency, a.owner_id, a.state,
		COALESCE(b.posted, 0), COALESCE(b.held, 0), COALESCE(b.version, 0),
		COALESCE(b.last_transfer_id, 0)
		FROM ledger_account a LEFT JOIN ledger_balance b ON b.account_id = a.id
		WHERE a.owner_id IN (:ids) ORDER BY a.id`

	updateAccountState = `UPDATE ledger_account SET state = $1 WHERE id = $2`

	updateVersion = `UPDATE ledger_balance SET version = $1 WHERE account_id = $2`
)

// storeAccountState changes the state of an account whose balance is locked,
// and its version with it.
func storeAccountState(
	ctx context.Context, tx *db.Tx, id AccountID, to State, version int64,
) error {
	if _, err := tx.Exec(ctx, updateAccountState, string(to), int64(id)); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, updateVersion, version, int64(id))
	return err
}
