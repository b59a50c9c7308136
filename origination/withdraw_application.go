package origination

import (
	"context"

	"openlend/access"
	"openlend/internal/db"
	"openlend/internal/id"
)

// WithdrawApplication ends an application before its offer is accepted; an open
// offer is withdrawn with it. Refusals: access.ErrForbidden,
// ErrApplicationNotFound, ErrInvalidState.
func WithdrawApplication(
	ctx context.Context, tx *db.Tx, ids *id.Source, actor access.Actor, application ApplicationID,
) (Application, error) {
	a, err := lockedOwnApplication(ctx, tx, actor, application)
	if err != nil {
		return Application{}, err
	}
	if err := a.step(Withdrawn); err != nil {
		return Application{}, err
	}
	if err := withdrawOpenOffer(ctx, tx, ids, &a); err != nil {
		return Application{}, err
	}
	if err := storeApplication(ctx, tx, &a); err != nil {
		return Application{}, err
	}
	return a, announceApplication(ctx, tx, ids, TopicApplicationWithdrawn, &a)
}

// withdrawOpenOffer withdraws the open offer of a locked application if there
// is one.
func withdrawOpenOffer(
	ctx context.Context, tx *db.Tx, ids *id.Source, a *Application,
) error {
	o, err := lockedOpenOffer(ctx, tx, a.ID)
	if err != nil || o == nil {
		return err
	}
	if err := o.step(OfferWithdrawn); err != nil {
		return err
	}
	if err := storeOfferStates(ctx, tx, o); err != nil {
		return err
	}
	return announceOffer(ctx, tx, ids, TopicOfferWithdrawn, o)
}
