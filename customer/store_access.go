package customer

import (
	"context"

	"openlend/internal/db"
)

const (
	insertAccess = `INSERT INTO customer_access (id, customer_id, actor, purpose, shown_at)
		VALUES ($1, $2, $3, $4, $5)`

	selectAccesses = `SELECT id, customer_id, actor, purpose, shown_at FROM customer_access
		WHERE customer_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3`
)

func storeAccess(ctx context.Context, tx *db.Tx, a Access) error {
	_, err := tx.Exec(ctx, insertAccess, a.ID, int64(a.Customer), a.Actor, string(a.Purpose),
		a.ShownAt.UnixMicro())
	return err
}

func scanAccess(s db.Scanner) (a Access, err error) {
	var shown int64
	err = s.Scan(&a.ID, (*int64)(&a.Customer), &a.Actor, (*string)(&a.Purpose), &shown)
	a.ShownAt = instant(shown)
	return a, err
}
