package origination

import (
	"context"
	"time"

	"openlend/customer"
	"openlend/internal/db"
	"openlend/money"
)

const (
	selectExposureColumns = `SELECT offer_id, borrower_id, product, currency, principal,
		outstanding, state, most_days_past_due, defaulted, COALESCE(listing_id, 0), changed_at
		FROM origination_exposure `

	selectExposures = selectExposureColumns + `WHERE offer_id IN (:ids) ORDER BY offer_id`

	selectExposuresOfBorrower = selectExposureColumns +
		`WHERE borrower_id = $1 ORDER BY offer_id`

	selectOffersOfListings = `SELECT listing_id, offer_id FROM origination_exposure
		WHERE listing_id IN (:ids)`

	selectVolume = `SELECT CAST(COALESCE(SUM(outstanding), 0) AS BIGINT)
		FROM origination_exposure WHERE product = $1 AND outstanding > 0`

	// What is approved and not accepted yet, but for one application.
	selectOffered = `SELECT CAST(COALESCE(SUM(principal), 0) AS BIGINT)
		FROM origination_application
		WHERE borrower_id = $1 AND currency = $2 AND state = 'approved' AND id <> $3`
)

var (
	insertExposure = &db.Insert{Table: "origination_exposure", Columns: []string{
		"offer_id", "borrower_id", "product", "currency", "principal", "outstanding", "state",
		"most_days_past_due", "defaulted", "listing_id", "changed_at"}}

	updateExposure = &db.Update{Table: "origination_exposure", Keys: []string{"offer_id"},
		Set: []string{"outstanding", "state", "most_days_past_due", "defaulted", "listing_id",
			"changed_at"}}
)

func scanExposure(s db.Scanner) (Exposure, error) {
	var e Exposure
	var principal amountColumns
	var changed int64
	err := s.Scan((*int64)(&e.Offer), (*int64)(&e.Borrower), &e.Product, &principal.currency,
		&principal.minor, &e.Outstanding, (*string)(&e.State), &e.MostDaysPastDue,
		&e.Defaulted, &e.listing, &changed)
	e.Principal, e.ChangedAt = principal.amount(), instant(changed)
	return e, err
}

func loadExposures(
	ctx context.Context, tx *db.Tx, borrower customer.ID,
) ([]Exposure, error) {
	return db.Many(ctx, tx, scanExposure, selectExposuresOfBorrower, int64(borrower))
}

// lockedExposures loads the exposures of offers that nobody else can change
// now, by offer.
func lockedExposures(
	ctx context.Context, tx *db.Tx, offers []int64,
) (map[OfferID]*Exposure, error) {
	if err := tx.Lock(ctx, lockExposure, offers...); err != nil {
		return nil, err
	}
	all, err := db.ManyByID(ctx, tx, scanExposure, selectExposures, offers)
	byOffer := make(map[OfferID]*Exposure, len(all))
	for i := range all {
		byOffer[all[i].Offer] = &all[i]
	}
	return byOffer, err
}

// loadOffersOfListings finds the accepted offers of listings, by listing.
func loadOffersOfListings(
	ctx context.Context, tx *db.Tx, listings []int64,
) (map[int64]OfferID, error) {
	type pair struct {
		listing int64
		offer   OfferID
	}
	scan := func(s db.Scanner) (p pair, err error) {
		err = s.Scan(&p.listing, (*int64)(&p.offer))
		return p, err
	}
	pairs, err := db.ManyByID(ctx, tx, scan, selectOffersOfListings, listings)
	found := make(map[int64]OfferID, len(pairs))
	for _, p := range pairs {
		found[p.listing] = p.offer
	}
	return found, err
}

func loadVolume(ctx context.Context, tx *db.Tx, product string) (int64, error) {
	return db.Value[int64](ctx, tx, selectVolume, product)
}

func loadOffered(
	ctx context.Context, tx *db.Tx, borrower customer.ID, c money.Currency, but ApplicationID,
) (int64, error) {
	return db.Value[int64](ctx, tx, selectOffered, int64(borrower), string(c), int64(but))
}

func storeNewExposure(ctx context.Context, tx *db.Tx, e *Exposure) error {
	return tx.InsertMany(ctx, insertExposure, 1, func(_ int, r *db.Row) {
		r.Int(int64(e.Offer))
		r.Int(int64(e.Borrower))
		r.Text(e.Product)
		r.Text(string(e.Principal.Currency()))
		r.Int(e.Principal.Minor())
		e.write(r, tx.Now())
	})
}

// storeExposures stores what may change of exposures sorted by offer.
func storeExposures(ctx context.Context, tx *db.Tx, all []*Exposure) error {
	_, err := tx.UpdateMany(ctx, updateExposure, len(all), func(i int, r *db.Row) {
		r.Int(int64(all[i].Offer))
		all[i].write(r, tx.Now())
	})
	return err
}

func (e *Exposure) write(r *db.Row, now time.Time) {
	e.ChangedAt = now.UTC()
	r.Int(e.Outstanding)
	r.Text(string(e.State))
	r.Int(e.MostDaysPastDue)
	r.Bool(e.Defaulted)
	r.IntOrNull(e.listing)
	r.Int(micros(e.ChangedAt))
}
