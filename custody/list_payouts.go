package custody

import (
	"context"

	"openlend/access"
	"openlend/customer"
	"openlend/internal/db"
)

// PayoutQuery asks for a page of payouts, newest first.
type PayoutQuery struct {
	Customer customer.ID // 0: everybody's, for staff
	State    PayoutState // "": all
	After    PayoutID    // the last one seen, 0 at first
	Limit    int         // 1 to 200; else 50
}

// GetPayout reads one payout. Refusals: ErrNotFound (also another's),
// access.ErrForbidden.
func GetPayout(
	ctx context.Context, tx *db.Tx, actor access.Actor, n PayoutID,
) (Payout, error) {
	p, err := loadPayout(ctx, tx, n)
	if err != nil {
		return Payout{}, err
	}
	return p, mayRead(actor, p.Customer)
}

// ListPayouts lists payouts. Refusals: as GetPayout.
func ListPayouts(
	ctx context.Context, tx *db.Tx, actor access.Actor, q PayoutQuery,
) ([]Payout, error) {
	if err := mayRead(actor, q.Customer); err != nil {
		return nil, err
	}
	after, limit := page(int64(q.After), q.Limit)
	if q.Customer == 0 {
		return db.Many(ctx, tx, scanPayout, selectPayouts, after, string(q.State), limit)
	}
	return db.Many(ctx, tx, scanPayout, selectPayoutsOf, after, string(q.State), limit,
		int64(q.Customer))
}

// mayRead lets a customer see what is his, and staff what is anybody's.
func mayRead(actor access.Actor, whose customer.ID) error {
	if actor.Is(int64(whose)) || actor.May(access.ReadAll) {
		return nil
	}
	if actor.Kind == access.KindCustomer {
		return ErrNotFound
	}
	return access.ErrForbidden
}
