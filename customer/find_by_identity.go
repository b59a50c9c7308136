package customer

import (
	"context"

	"openlend/access"
	"openlend/internal/crypt"
	"openlend/internal/db"
)

// Search names exactly one thing to search by. Country belongs to NationalID. It
// prints as hidden.
type Search struct {
	hidden

	Country    string
	NationalID string
	Phone      string
	Email      string
}

// FindByIdentity finds customers by their blind indexes, for staff who may see
// personal data: to know that somebody is a customer is such. It finds whole
// values only and at most 200 customers, by id.
//
// Refusals: access.ErrForbidden, ErrSearch.
func FindByIdentity(
	ctx context.Context, tx *db.Tx, vault *crypt.Vault, actor access.Actor, in Search,
) ([]Customer, error) {
	if err := actor.Require(access.CustomerReveal); err != nil {
		return nil, err
	}
	var ids []ID
	var err error
	switch (Search{NationalID: in.NationalID, Phone: in.Phone, Email: in.Email}) {
	case Search{NationalID: in.NationalID}:
		if in.NationalID == "" {
			return nil, ErrSearch
		}
		ids, err = idsByIndex(ctx, tx, selectByNationalID,
			nationalIDIndex(vault, in.Country, in.NationalID))
	case Search{Phone: in.Phone}:
		ids, err = idsByIndex(ctx, tx, selectByPhone, phoneIndex(vault, in.Phone))
	case Search{Email: in.Email}:
		ids, err = idsByIndex(ctx, tx, selectByEmail, emailIndex(vault, in.Email))
	default:
		return nil, ErrSearch
	}
	if err != nil {
		return nil, err
	}
	found, err := GetMany(ctx, tx, ids)
	customers := make([]Customer, 0, len(ids))
	for _, id := range ids {
		customers = append(customers, found[id])
	}
	return customers, err
}
