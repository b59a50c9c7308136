package customer

import (
	"context"
	"slices"
	"time"

	"openlend/access"
	"openlend/internal/crypt"
	"openlend/internal/db"
	"openlend/internal/id"
)

// Purpose is what somebody needs personal data for.
type Purpose string

// The purposes. Own is the customer's, the others are the staff's.
const (
	PurposeOwn     Purpose = "own"
	PurposeCheck   Purpose = "check"   // decide on a check of identity
	PurposeSupport Purpose = "support" // help him with what he asked for
	PurposePayout  Purpose = "payout"  // clear up money on its way
	PurposeFraud   Purpose = "fraud"
	PurposeLaw     Purpose = "law" // an authority has asked
)

var staffPurposes = []Purpose{PurposeCheck, PurposeSupport, PurposePayout, PurposeFraud, PurposeLaw}

// Reveal shows who a customer is, to himself or to staff who may see it.
//
// Refusals: ErrNotFound (also what is another's), access.ErrForbidden,
// ErrPurpose, crypt.ErrForgotten.
func Reveal(
	ctx context.Context, tx *db.Tx, ids *id.Source, vault *crypt.Vault, actor access.Actor,
	customer ID, purpose Purpose,
) (Identity, error) {
	open := func() (Identity, error) {
		c, err := Get(ctx, tx, customer)
		if err != nil {
			return Identity{}, err
		}
		sealed, err := loadIdentity(ctx, tx, customer)
		if err != nil {
			return Identity{}, err
		}
		return sealed.open(ctx, vault, c.Country)
	}
	return disclose(ctx, tx, ids, disclosure{actor, customer, purpose}, open)
}

// disclosure is who is to be shown what of whom, and what for.
type disclosure struct {
	actor    access.Actor
	customer ID
	purpose  Purpose
}

// disclose opens personal data for whoever may see it, and records for ever who
// was shown it and what for. The record is written in the same transaction: no
// record, no data. Refusals: ErrNotFound, access.ErrForbidden, ErrPurpose.
func disclose[T any](
	ctx context.Context, tx *db.Tx, ids *id.Source, d disclosure, open func() (T, error),
) (T, error) {
	var nothing T
	if err := mayAct(d.actor, d.customer, access.CustomerReveal); err != nil {
		return nothing, err
	}
	if d.actor.Is(int64(d.customer)) {
		d.purpose = PurposeOwn
	} else if !slices.Contains(staffPurposes, d.purpose) {
		return nothing, ErrPurpose.In("purpose")
	}
	shown, err := open()
	if err != nil {
		return nothing, err
	}
	next, err := ids.Next()
	if err != nil {
		return nothing, err
	}
	err = storeAccess(ctx, tx, Access{ID: next, Customer: d.customer,
		Actor: d.actor.Principal(), Purpose: d.purpose, ShownAt: tx.Now()})
	if err != nil {
		return nothing, err
	}
	return shown, nil
}

// mayAct is access.Actor.RequireSelf, with what is another's answered as if it
// were not there.
func mayAct(actor access.Actor, customer ID, p access.Permission) error {
	err := actor.RequireSelf(int64(customer), p)
	if actor.Kind == access.KindCustomer && err != nil {
		return ErrNotFound
	}
	return err
}

// Access is one time that personal data was shown.
type Access struct {
	ID       int64
	Customer ID
	Actor    string // principal
	Purpose  Purpose
	ShownAt  time.Time
}

// ListAccesses lists who was shown a customer's data, newest first; after is the
// last one of the page before, 0 at first. Refusal: ErrLimit.
func ListAccesses(
	ctx context.Context, tx *db.Tx, customer ID, after int64, limit int,
) ([]Access, error) {
	limit, err := pageLimit(limit)
	if err != nil {
		return nil, err
	}
	if after == 0 {
		after = maxID
	}
	return db.Many(ctx, tx, scanAccess, selectAccesses, int64(customer), after, limit)
}
