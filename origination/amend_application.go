package origination

import (
	"context"

	"openlend/access"
	"openlend/internal/db"
)

// AmendApplication replaces what a draft asks for. Refusals:
// access.ErrForbidden, ErrApplicationNotFound, ErrInvalidState,
// ErrProductNotFound, those of Product.Accepts.
func AmendApplication(
	ctx context.Context, tx *db.Tx, actor access.Actor, application ApplicationID, r Request,
) (Application, error) {
	a, err := lockedOwnApplication(ctx, tx, actor, application)
	if err != nil {
		return Application{}, err
	}
	if a.State != Draft {
		return Application{}, ErrInvalidState.With("%s cannot be amended", a.State)
	}
	p, err := productToday(ctx, tx, a.Product)
	if err != nil {
		return Application{}, err
	}
	if err := p.Accepts(&r); err != nil {
		return Application{}, err
	}
	a.Request, a.ProductVersion = r, p.Version
	return a, storeApplication(ctx, tx, &a)
}

// lockedOwnApplication loads and locks an application for its borrower, or
// staff acting for him. Refusals: access.ErrForbidden, ErrApplicationNotFound.
func lockedOwnApplication(
	ctx context.Context, tx *db.Tx, actor access.Actor, application ApplicationID,
) (Application, error) {
	a, err := lockedApplication(ctx, tx, application)
	if err != nil {
		return Application{}, err
	}
	return a, own(actor, a.Borrower, access.CustomerAct, ErrApplicationNotFound)
}
