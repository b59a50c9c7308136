package customer

import (
	"context"
	"slices"

	"openlend/access"
	"openlend/internal/db"
	"openlend/internal/id"
)

// CheckDecision is what a person says about a check that was referred.
type CheckDecision struct {
	Check  CheckID
	Verify bool // false: refuse
}

// DecideCheck decides a check that was referred to a person. Whoever handed the
// document in cannot decide on it.
//
// Refusals: access.ErrForbidden, access.ErrFourEyes, ErrNoCheck, ErrState.
func DecideCheck(
	ctx context.Context, tx *db.Tx, ids *id.Source, actor access.Actor, in CheckDecision,
) (Check, error) {
	if err := actor.Require(access.CustomerCheck); err != nil {
		return Check{}, err
	}
	row, c, err := lockCheck(ctx, tx, in.Check)
	if err != nil {
		return Check{}, err
	}
	if row.State != CheckReferred {
		return Check{}, ErrState
	}
	if err := actor.SecondPerson(row.maker); err != nil {
		return Check{}, err
	}
	check := row.Check
	check.State, check.DecidedAt = CheckRefused, tx.Now()
	if in.Verify {
		check.State = CheckVerified
	}
	check.Reasons = append(slices.Clone(check.Reasons), ReasonStaff)
	if err := storeDecided(ctx, tx, &check, actor.Principal()); err != nil {
		return Check{}, err
	}
	return check, conclude(ctx, tx, ids, actor, c, check.State)
}
