package customer

import (
	"context"
	"slices"
	"time"

	"openlend/access"
	"openlend/internal/db"
	"openlend/internal/id"
)

// StatusChange is one change of a customer's status. Reason is for staff and
// names no personal data.
type StatusChange struct {
	ID        int64
	Customer  ID
	From, To  Status
	Reason    string
	Maker     string // principal
	ChangedAt time.Time
}

// changeStatus takes a legal step and records it. Refusal: ErrState.
func changeStatus(
	ctx context.Context, tx *db.Tx, ids *id.Source, actor access.Actor, c Customer,
	change StatusChange,
) error {
	if !slices.Contains(c.Status.Steps(), change.To) {
		return ErrState
	}
	next, err := ids.Next()
	if err != nil {
		return err
	}
	change.ID, change.Customer, change.From = next, c.ID, c.Status
	change.Maker, change.ChangedAt = actor.Principal(), tx.Now()
	c.Status = change.To
	if err := storeStatus(ctx, tx, &c); err != nil {
		return err
	}
	return storeStatusChange(ctx, tx, &change)
}

// ListStatusChanges lists a customer's changes of status, newest first; after is
// the last one of the page before, 0 at first. Refusal: ErrLimit.
func ListStatusChanges(
	ctx context.Context, tx *db.Tx, customer ID, after int64, limit int,
) ([]StatusChange, error) {
	limit, err := pageLimit(limit)
	if err != nil {
		return nil, err
	}
	if after == 0 {
		after = maxID
	}
	return db.Many(ctx, tx, scanStatusChange, selectStatusChanges, int64(customer), after, limit)
}
