package note

import (
	"context"
	"errors"

	"openlend/access"
	"openlend/customer"
	"openlend/internal/db"
)

// Query asks for a page of notes, newest first.
type Query struct {
	State State // "": all
	After ID    // the last one of the page before, 0: from the newest
	Limit int   // 1 to 200, 0: 50
}

// ListHoldings lists the notes that a lender owns now, newest first. Refusals:
// ErrNotFound for another customer, access.ErrForbidden, ErrLimit.
func ListHoldings(
	ctx context.Context, tx *db.Tx, actor access.Actor, holder customer.ID, q Query,
) ([]Note, error) {
	if err := actor.RequireSelf(int64(holder), access.ReadAll); err != nil {
		return nil, mine(err)
	}
	switch {
	case q.Limit == 0:
		q.Limit = 50
	case q.Limit < 0 || q.Limit > 200:
		return nil, ErrLimit.In("limit")
	}
	if q.After == 0 {
		q.After = 1<<63 - 1
	}
	return db.Many(ctx, tx, scanNote, selectHoldingPage,
		int64(holder), string(q.State), int64(q.After), q.Limit)
}

// VisibleTo refuses an actor who may not see the note. Refusals: ErrNotFound for
// another customer, access.ErrForbidden.
func (n *Note) VisibleTo(actor access.Actor) error {
	return mine(actor.RequireSelf(int64(n.Holder), access.ReadAll))
}

// mine makes what belongs to another look as if it did not exist.
func mine(err error) error {
	if errors.Is(err, access.ErrNotYours) {
		return ErrNotFound
	}
	return err
}
