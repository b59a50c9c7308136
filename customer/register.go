package customer

import (
	"context"

	"openlend/access"
	"openlend/internal/crypt"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/ledger"
)

// NewCustomer is somebody who wants to become a customer.
type NewCustomer struct {
	Kind     Kind
	Borrower bool
	Lender   bool
	Identity
}

// Register makes a customer, whose identity is not verified yet. His key is made
// in the vault before his row is: a row without a key cannot come to be, a key
// without a row does no harm.
//
// Refusals: access.ErrForbidden, ErrKind, ErrRole, ErrKnown (one national id is
// one customer), and what is wrong with a field: ErrName, ErrBirth, ErrCountry,
// ErrNationalID, ErrPhone, ErrEmail, ErrAddress.
func Register(
	ctx context.Context, tx *db.Tx, ids *id.Source, vault *crypt.Vault, actor access.Actor,
	in NewCustomer,
) (Customer, error) {
	if err := actor.Require(access.CustomerAct); err != nil {
		return Customer{}, err
	}
	dates, err := ledger.ReadDates(ctx, tx)
	if err != nil {
		return Customer{}, err
	}
	switch {
	case in.Kind != Person && in.Kind != Company:
		return Customer{}, ErrKind.In("kind")
	case !in.Borrower && !in.Lender:
		return Customer{}, ErrRole
	}
	identity, err := in.tidy(in.Kind, dates.BusinessOn)
	if err != nil {
		return Customer{}, err
	}
	index := nationalIDIndex(vault, identity.Country, identity.NationalID)
	known, err := idsByIndex(ctx, tx, selectByNationalID, index)
	if err != nil {
		return Customer{}, err
	}
	if len(known) > 0 {
		return Customer{}, ErrKnown.In("national_id")
	}
	next, err := ids.Next()
	if err != nil {
		return Customer{}, err
	}
	c := Customer{ID: ID(next), Kind: in.Kind, Status: New, Borrower: in.Borrower,
		Lender: in.Lender, Country: identity.Country, RegisteredAt: tx.Now()}
	sealed, err := sealIdentity(ctx, vault, c.ID, identity)
	if err != nil {
		return Customer{}, err
	}
	err = storeNew(ctx, tx, &c, &sealed)
	if db.IsDuplicate(err) {
		return Customer{}, db.Again("somebody registered with the same national id")
	}
	if err != nil {
		return Customer{}, err
	}
	if err := announce(ctx, tx, ids, TopicRegistered, c.ID); err != nil {
		return Customer{}, err
	}
	return Get(ctx, tx, c.ID)
}
