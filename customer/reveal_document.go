package customer

import (
	"context"
	"errors"

	"openlend/access"
	"openlend/internal/crypt"
	"openlend/internal/db"
	"openlend/internal/id"
)

// RevealDocument shows the document of a check to its customer, or to staff who may
// see it: whoever decides on one that was referred has to. It is recorded as
// Reveal is.
//
// Refusals: ErrNoCheck (also what is another's), access.ErrForbidden, ErrPurpose,
// crypt.ErrForgotten.
func RevealDocument(
	ctx context.Context, tx *db.Tx, ids *id.Source, vault *crypt.Vault, actor access.Actor,
	check CheckID, purpose Purpose,
) (Document, error) {
	row, err := loadCheck(ctx, tx, check)
	if err != nil {
		return Document{}, err
	}
	d, err := disclose(ctx, tx, ids, disclosure{actor, row.Customer, purpose},
		func() (Document, error) { return row.open(ctx, vault) })
	if errors.Is(err, ErrNotFound) {
		return Document{}, ErrNoCheck
	}
	return d, err
}
