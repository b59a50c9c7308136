package customer

import (
	"context"
	"strings"

	"openlend/access"
	"openlend/internal/db"
	"openlend/internal/id"
)

// NewFreeze says whom to freeze or release, and why: 3 to 200 characters without
// personal data.
type NewFreeze struct {
	Customer ID
	Reason   string
}

// Freeze stops a customer: he borrows, lends and withdraws no more. Money may
// still come in to him, and what he owes and is owed goes on; to stop money too,
// freeze his wallet (ledger.SetAccountState).
//
// Refusals: access.ErrForbidden, ErrReason, ErrNotFound, ErrState.
func Freeze(
	ctx context.Context, tx *db.Tx, ids *id.Source, actor access.Actor, in NewFreeze,
) (Customer, error) {
	return in.change(ctx, tx, ids, actor, func(*Customer) Status { return Frozen }, TopicFrozen)
}

// Unfreeze makes a customer again what he was, or what he has become meanwhile:
// verified when a check has succeeded, else new.
//
// Refusals: access.ErrForbidden, ErrReason, ErrNotFound, ErrState.
func Unfreeze(
	ctx context.Context, tx *db.Tx, ids *id.Source, actor access.Actor, in NewFreeze,
) (Customer, error) {
	return in.change(ctx, tx, ids, actor, (*Customer).unfrozen, TopicUnfrozen)
}

// unfrozen is where a frozen customer goes back to.
func (c *Customer) unfrozen() Status {
	switch {
	case c.Status != Frozen:
		return c.Status // no step leads there: refused
	case c.VerifiedAt.IsZero():
		return New
	}
	return Verified
}

func (in NewFreeze) change(
	ctx context.Context, tx *db.Tx, ids *id.Source, actor access.Actor,
	to func(*Customer) Status, topic string,
) (Customer, error) {
	if err := actor.Require(access.CustomerFreeze); err != nil {
		return Customer{}, err
	}
	reason := strings.TrimSpace(in.Reason)
	if n := len([]rune(reason)); n < 3 || n > 200 || !printable(reason) {
		return Customer{}, ErrReason.In("reason")
	}
	c, err := lock(ctx, tx, in.Customer)
	if err != nil {
		return Customer{}, err
	}
	change := StatusChange{To: to(&c), Reason: reason}
	if err := changeStatus(ctx, tx, ids, actor, c, change); err != nil {
		return Customer{}, err
	}
	c.Status = change.To
	return c, announce(ctx, tx, ids, topic, c.ID)
}
