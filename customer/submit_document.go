package customer

import (
	"context"

	"openlend/access"
	"openlend/internal/crypt"
	"openlend/internal/db"
	"openlend/internal/id"
)

// NewDocument is a document that is to prove who a customer is.
type NewDocument struct {
	Customer ID
	Document
}

// SubmitDocument hands a document in. The check of it is made afterwards, with no
// transaction open (Checker); one of a customer is open at a time.
//
// Refusals: ErrNotFound, access.ErrForbidden, ErrDocument, ErrFrozen, ErrState
// (he is verified already), ErrCheckOpen.
func SubmitDocument(
	ctx context.Context, tx *db.Tx, ids *id.Source, vault *crypt.Vault, actor access.Actor,
	in NewDocument,
) (Check, error) {
	if err := mayAct(actor, in.Customer, access.CustomerAct); err != nil {
		return Check{}, err
	}
	if err := in.complete(); err != nil {
		return Check{}, err
	}
	c, err := lock(ctx, tx, in.Customer)
	switch {
	case err != nil:
		return Check{}, err
	case c.Status == Frozen:
		return Check{}, ErrFrozen
	case c.Status == Verified:
		return Check{}, ErrState
	}
	open, err := hasOpenCheck(ctx, tx, c.ID)
	if err != nil {
		return Check{}, err
	}
	if open {
		return Check{}, ErrCheckOpen
	}
	next, err := ids.Next()
	if err != nil {
		return Check{}, err
	}
	row := sealedCheck{Check: Check{ID: CheckID(next), Customer: c.ID, State: CheckPending,
		SubmittedAt: tx.Now(), maker: actor.Principal()}}
	if err := row.seal(ctx, vault, in.Document); err != nil {
		return Check{}, err
	}
	if err := storeNewCheck(ctx, tx, &row); err != nil {
		return Check{}, err
	}
	return row.Check, announce(ctx, tx, ids, TopicDocumentSubmitted, c.ID)
}
