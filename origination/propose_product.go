package origination

import (
	"context"

	"openlend/access"
	"openlend/internal/db"
	"openlend/ledger"
)

// ProposeProduct records the next version of a product for a second person to
// approve. The version's number is given here. Refusals: access.ErrForbidden,
// those of Product.Validate, ErrProductDate.
func ProposeProduct(
	ctx context.Context, tx *db.Tx, actor access.Actor, p Product,
) (ProductVersion, error) {
	if err := actor.Require(access.ProductPropose); err != nil {
		return ProductVersion{}, err
	}
	dates, err := ledger.ReadDates(ctx, tx)
	if err != nil {
		return ProductVersion{}, err
	}
	if p.EffectiveOn < dates.BusinessOn {
		return ProductVersion{}, ErrProductDate.In("effective_on")
	}
	last, err := lastVersion(ctx, tx, p.Code)
	if err != nil {
		return ProductVersion{}, err
	}
	p.Version = last + 1
	if err := p.Validate(); err != nil {
		return ProductVersion{}, err
	}
	body, hash, err := canonical(&p)
	if err != nil {
		return ProductVersion{}, err
	}
	stored, err := storeVersion(ctx, tx, &p, body, hash, actor.Principal())
	if err != nil {
		return ProductVersion{}, err
	}
	if !stored {
		return ProductVersion{}, db.Again("the version number of a product was taken")
	}
	return loadVersion(ctx, tx, p.Code, p.Version)
}
