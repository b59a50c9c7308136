package customer

import (
	"context"

	"openlend/access"
	"openlend/internal/db"
	"openlend/internal/id"
)

// ProviderFinding is what a provider has found out about a check.
type ProviderFinding struct {
	Check    CheckID
	Provider string
	Finding
}

// RecordFinding stores a provider's answer. It takes the first one: a second, from
// a node that asked at the same time, is refused.
//
// Refusals: access.ErrForbidden, ErrFinding, ErrNoCheck, ErrState.
func RecordFinding(
	ctx context.Context, tx *db.Tx, ids *id.Source, actor access.Actor, in ProviderFinding,
) (Check, error) {
	if err := actor.Require(access.CustomerCheck); err != nil {
		return Check{}, err
	}
	if err := in.check(); err != nil {
		return Check{}, err
	}
	row, c, err := lockCheck(ctx, tx, in.Check)
	if err != nil {
		return Check{}, err
	}
	if row.State != CheckPending {
		return Check{}, ErrState
	}
	check := row.Check
	check.State, check.Reasons = in.State, in.Reasons
	check.Provider, check.FoundAt = in.Provider, tx.Now()
	if err := storeFound(ctx, tx, &check); err != nil {
		return Check{}, err
	}
	return check, conclude(ctx, tx, ids, actor, c, check.State)
}

// lockCheck locks the customer of a check, and so his checks. Refusal: ErrNoCheck.
func lockCheck(ctx context.Context, tx *db.Tx, check CheckID) (sealedCheck, Customer, error) {
	row, err := loadCheck(ctx, tx, check)
	if err != nil {
		return row, Customer{}, err
	}
	c, err := lock(ctx, tx, row.Customer)
	if err != nil {
		return row, c, err
	}
	row, err = loadCheck(ctx, tx, check) // as it is under the lock
	return row, c, err
}

// conclude does to the customer what the check has come to, and tells the house.
func conclude(
	ctx context.Context, tx *db.Tx, ids *id.Source, actor access.Actor, c Customer, s CheckState,
) error {
	switch s {
	case CheckVerified:
		if err := verify(ctx, tx, ids, actor, c); err != nil {
			return err
		}
		return announce(ctx, tx, ids, TopicVerified, c.ID)
	case CheckReferred:
		return announce(ctx, tx, ids, TopicCheckReferred, c.ID)
	}
	return announce(ctx, tx, ids, TopicCheckRefused, c.ID)
}

// verify makes a customer a verified one. One who was frozen meanwhile stays
// frozen, and is verified when he is released.
func verify(
	ctx context.Context, tx *db.Tx, ids *id.Source, actor access.Actor, c Customer,
) error {
	c.VerifiedAt = tx.Now()
	if c.Status == Frozen {
		return storeStatus(ctx, tx, &c)
	}
	return changeStatus(ctx, tx, ids, actor, c, StatusChange{To: Verified, Reason: "identity verified"})
}
