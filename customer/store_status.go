package customer

import (
	"context"

	"openlend/internal/db"
)

const (
	updateStatus = `UPDATE customer SET status = $1, verified_at = $2 WHERE id = $3`

	insertStatusChange = `INSERT INTO customer_status_change (id, customer_id, from_status,
		to_status, reason, maker, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`

	selectStatusChanges = `SELECT id, customer_id, from_status, to_status, reason, maker, changed_at
		FROM customer_status_change WHERE customer_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3`

	updateRoles = `UPDATE customer SET borrower = $1, lender = $2 WHERE id = $3`
)

func storeStatus(ctx context.Context, tx *db.Tx, c *Customer) error {
	var verified *int64
	if at := c.VerifiedAt.UnixMicro(); !c.VerifiedAt.IsZero() {
		verified = &at
	}
	_, err := tx.Exec(ctx, updateStatus, string(c.Status), verified, int64(c.ID))
	return err
}

func storeStatusChange(ctx context.Context, tx *db.Tx, s *StatusChange) error {
	_, err := tx.Exec(ctx, insertStatusChange, s.ID, int64(s.Customer), string(s.From),
		string(s.To), s.Reason, s.Maker, s.ChangedAt.UnixMicro())
	return err
}

func scanStatusChange(r db.Scanner) (s StatusChange, err error) {
	var changed int64
	err = r.Scan(&s.ID, (*int64)(&s.Customer), (*string)(&s.From), (*string)(&s.To), &s.Reason,
		&s.Maker, &changed)
	s.ChangedAt = instant(changed)
	return s, err
}

func storeRoles(ctx context.Context, tx *db.Tx, c *Customer) error {
	_, err := tx.Exec(ctx, updateRoles, c.Borrower, c.Lender, int64(c.ID))
	return err
}
