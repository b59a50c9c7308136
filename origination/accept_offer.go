package origination

import (
	"context"

	"openlend/access"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/ledger"
)

// AcceptOffer binds the borrower, and nobody else can do it for him. The
// market will make a listing of it. Refusals: access.ErrForbidden,
// ErrOfferNotFound, ErrInvalidState, ErrOfferExpired, those of
// Customer.MayBorrow.
func AcceptOffer(
	ctx context.Context, tx *db.Tx, ids *id.Source, actor access.Actor, offer OfferID,
) (Offer, error) {
	o, a, err := lockedBorrowersOffer(ctx, tx, actor, offer)
	if err != nil {
		return Offer{}, err
	}
	if err := o.step(OfferAccepted); err != nil {
		return Offer{}, err
	}
	if err := a.step(Accepted); err != nil {
		return Offer{}, err
	}
	dates, err := ledger.ReadDates(ctx, tx)
	if err != nil {
		return Offer{}, err
	}
	if o.ExpiresOn < dates.BusinessOn {
		return Offer{}, ErrOfferExpired
	}
	if err := mayBorrow(ctx, tx, o.Borrower); err != nil {
		return Offer{}, err
	}
	if err := storeSteps(ctx, tx, &o, &a); err != nil {
		return Offer{}, err
	}
	err = storeNewExposure(ctx, tx, &Exposure{
		Offer: o.ID, Borrower: o.Borrower, Product: o.Product, Principal: o.Principal,
		Outstanding: o.Principal.Minor(), State: ExposureFunding,
	})
	if err != nil {
		return Offer{}, err
	}
	return withScheduleOf(ctx, tx, o, announceOffer(ctx, tx, ids, TopicOfferAccepted, &o))
}

// lockedBorrowersOffer loads and locks an offer for its borrower alone.
// Refusals: access.ErrForbidden, ErrOfferNotFound.
func lockedBorrowersOffer(
	ctx context.Context, tx *db.Tx, actor access.Actor, offer OfferID,
) (Offer, Application, error) {
	o, a, err := lockedOffer(ctx, tx, offer)
	switch {
	case err != nil:
		return Offer{}, Application{}, err
	case actor.Is(int64(o.Borrower)):
		return o, a, nil
	case actor.Kind == access.KindCustomer:
		return Offer{}, Application{}, ErrOfferNotFound
	}
	return Offer{}, Application{}, access.ErrForbidden
}

// storeSteps stores the states of an offer and its application.
func storeSteps(ctx context.Context, tx *db.Tx, o *Offer, a *Application) error {
	if err := storeApplication(ctx, tx, a); err != nil {
		return err
	}
	return storeOfferStates(ctx, tx, o)
}

// withScheduleOf answers with the offer as GetOffer does, unless something has
// failed.
func withScheduleOf(ctx context.Context, tx *db.Tx, o Offer, failed error) (Offer, error) {
	if failed != nil {
		return Offer{}, failed
	}
	p, err := GetProduct(ctx, tx, o.Product, o.ProductVersion)
	if err != nil {
		return Offer{}, err
	}
	return o, o.withSchedule(p)
}
