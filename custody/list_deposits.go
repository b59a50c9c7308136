package custody

import (
	"context"

	"openlend/access"
	"openlend/customer"
	"openlend/internal/db"
)

// DepositQuery asks for a page of deposits, newest first.
type DepositQuery struct {
	Customer customer.ID  // 0: everybody's and nobody's, for staff
	State    DepositState // "": all
	After    DepositID    // the last one seen, 0 at first
	Limit    int          // 1 to 200; else 50
}

// GetDeposit reads one deposit. Refusals: ErrNotFound (also another's),
// access.ErrForbidden.
func GetDeposit(
	ctx context.Context, tx *db.Tx, actor access.Actor, n DepositID,
) (Deposit, error) {
	d, err := loadDeposit(ctx, tx, n)
	if err != nil {
		return Deposit{}, err
	}
	return d, mayRead(actor, d.Customer)
}

// ListDeposits lists deposits. Refusals: as GetDeposit.
func ListDeposits(
	ctx context.Context, tx *db.Tx, actor access.Actor, q DepositQuery,
) ([]Deposit, error) {
	if err := mayRead(actor, q.Customer); err != nil {
		return nil, err
	}
	after, limit := page(int64(q.After), q.Limit)
	if q.Customer == 0 {
		return db.Many(ctx, tx, scanDeposit, selectDeposits, after, string(q.State), limit)
	}
	return db.Many(ctx, tx, scanDeposit, selectDepositsOf, after, string(q.State), limit,
		int64(q.Customer))
}
