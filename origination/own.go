package origination

import (
	"context"
	"errors"

	"openlend/access"
	"openlend/customer"
	"openlend/internal/db"
)

// own lets a borrower do what is his own, and staff with the permission do it
// for him. What belongs to another customer does not exist for him.
func own(actor access.Actor, borrower customer.ID, p access.Permission, notFound error) error {
	err := actor.RequireSelf(int64(borrower), p)
	if errors.Is(err, access.ErrNotYours) {
		return notFound
	}
	return err
}

// mayBorrow refuses who is not allowed to borrow now. Refusals: those of
// customer.Get and Customer.MayBorrow.
func mayBorrow(ctx context.Context, tx *db.Tx, borrower customer.ID) error {
	c, err := customer.Get(ctx, tx, borrower)
	if err != nil {
		return err
	}
	return c.MayBorrow()
}

const (
	maxID        = 1<<63 - 1
	defaultLimit = 50
	maxLimit     = 200
)

// page returns the cursor and the size of a page of a list, newest first.
// Refusal: ErrLimit.
func page(after int64, limit int) (int64, int64, error) {
	if after == 0 {
		after = maxID
	}
	if limit == 0 {
		limit = defaultLimit
	}
	if limit < 1 || limit > maxLimit {
		return 0, 0, ErrLimit.In("limit")
	}
	return after, int64(limit), nil
}
