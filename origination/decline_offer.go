package origination

import (
	"context"

	"openlend/access"
	"openlend/internal/db"
	"openlend/internal/id"
)

// DeclineOffer is the borrower's no; his application lapses. Refusals:
// access.ErrForbidden, ErrOfferNotFound, ErrInvalidState.
func DeclineOffer(
	ctx context.Context, tx *db.Tx, ids *id.Source, actor access.Actor, offer OfferID,
) (Offer, error) {
	o, a, err := lockedBorrowersOffer(ctx, tx, actor, offer)
	if err != nil {
		return Offer{}, err
	}
	if err := o.step(OfferDeclined); err != nil {
		return Offer{}, err
	}
	if err := a.step(Lapsed); err != nil {
		return Offer{}, err
	}
	if err := storeSteps(ctx, tx, &o, &a); err != nil {
		return Offer{}, err
	}
	return withScheduleOf(ctx, tx, o, announceOffer(ctx, tx, ids, TopicOfferDeclined, &o))
}
