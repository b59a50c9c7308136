package origination

import (
	"context"

	"openlend/customer"
	"openlend/internal/db"
)

// GetOffer gets an offer with its indicative schedule. Refusal:
// ErrOfferNotFound.
func GetOffer(ctx context.Context, tx *db.Tx, offer OfferID) (Offer, error) {
	o, err := loadOffer(ctx, tx, offer)
	if err != nil {
		return Offer{}, err
	}
	p, err := GetProduct(ctx, tx, o.Product, o.ProductVersion)
	if err != nil {
		return Offer{}, err
	}
	return o, o.withSchedule(p)
}

// OfferQuery asks for a page of offers, newest first.
type OfferQuery struct {
	Borrower customer.ID
	After    OfferID // the last one of the page before, 0: from the newest
	Limit    int     // 1 to 200, 0: 50
}

// ListOffers lists a borrower's offers, newest first, without their schedules.
// Refusal: ErrLimit.
func ListOffers(ctx context.Context, tx *db.Tx, q OfferQuery) ([]Offer, error) {
	after, limit, err := page(int64(q.After), q.Limit)
	if err != nil {
		return nil, err
	}
	return loadOffersOfBorrower(ctx, tx, q.Borrower, after, limit)
}

// OffersOf lists the offers of an application, newest first, without their
// schedules: every one that was made in place of another.
func OffersOf(ctx context.Context, tx *db.Tx, application ApplicationID) ([]Offer, error) {
	return db.Many(ctx, tx, scanOffer, selectOffersOfApplication, int64(application))
}
