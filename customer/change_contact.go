package customer

import (
	"context"

	"openlend/access"
	"openlend/internal/crypt"
	"openlend/internal/db"
	"openlend/internal/id"
)

// NewContact is how a customer is reached from now on, all of it.
type NewContact struct {
	Customer ID
	Contact
}

// ChangeContact replaces phone, e-mail and address. A customer who is frozen
// cannot do it himself.
//
// Refusals: ErrNotFound, access.ErrForbidden, ErrFrozen, ErrPhone, ErrEmail,
// ErrAddress.
func ChangeContact(
	ctx context.Context, tx *db.Tx, ids *id.Source, vault *crypt.Vault, actor access.Actor,
	in NewContact,
) (Customer, error) {
	if err := mayAct(actor, in.Customer, access.CustomerAct); err != nil {
		return Customer{}, err
	}
	contact, err := in.tidy()
	if err != nil {
		return Customer{}, err
	}
	c, err := lock(ctx, tx, in.Customer)
	if err != nil {
		return Customer{}, err
	}
	if c.Status == Frozen && actor.Is(int64(c.ID)) {
		return Customer{}, ErrFrozen
	}
	sealed := sealedIdentity{customer: c.ID}
	sealed.indexContact(vault, contact)
	if err := sealAll(ctx, vault, c.ID, sealed.contactFields(&contact)); err != nil {
		return Customer{}, err
	}
	if err := storeContact(ctx, tx, &sealed); err != nil {
		return Customer{}, err
	}
	return c, announce(ctx, tx, ids, TopicContactChanged, c.ID)
}
