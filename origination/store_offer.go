package origination

import (
	"context"
	"errors"

	"openlend/calendar"
	"openlend/customer"
	"openlend/internal/db"
	"openlend/loan"
)

const (
	selectOfferColumns = `SELECT id, application_id, borrower_id, product, product_version, grade,
		purpose, principal, currency, rate, method, instalments, fee, apr, total_payable,
		start_on, expires_on, state, maker, created_at, changed_at FROM origination_offer `

	selectOffer = selectOfferColumns + `WHERE id = $1`

	selectOffers = selectOfferColumns + `WHERE id IN (:ids) ORDER BY id`

	selectOffersOfApplication = selectOfferColumns +
		`WHERE application_id = $1 ORDER BY id DESC`

	selectOffersOfBorrower = selectOfferColumns +
		`WHERE borrower_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3`

	selectOpenOffer = selectOfferColumns + `WHERE application_id = $1 AND state = 'open'`

	selectOverdueOffers = selectOfferColumns +
		`WHERE state = 'open' AND expires_on < $1 ORDER BY expires_on, id LIMIT $2`
)

var (
	insertOffer = &db.Insert{Table: "origination_offer", Columns: []string{
		"id", "application_id", "borrower_id", "product", "product_version", "grade", "purpose",
		"principal", "currency", "rate", "method", "instalments", "fee", "apr",
		"total_payable", "start_on", "expires_on", "state", "maker", "created_at",
		"changed_at"}}

	updateOfferStates = &db.Update{Table: "origination_offer", Keys: []string{"id"},
		Set: []string{"state", "changed_at"}}
)

func scanOffer(s db.Scanner) (Offer, error) {
	var o Offer
	var principal amountColumns
	var start, expires string
	var created, changed int64
	err := s.Scan((*int64)(&o.ID), (*int64)(&o.Application), (*int64)(&o.Borrower), &o.Product,
		&o.ProductVersion, &o.Grade, &o.Purpose, &principal.minor, &principal.currency,
		(*int64)(&o.Rate), (*string)(&o.Method), &o.Instalments, &o.Fee, (*int64)(&o.APR),
		&o.TotalPayable, &start, &expires, (*string)(&o.State), &o.Maker, &created, &changed)
	if err != nil {
		return Offer{}, err
	}
	o.Principal = principal.amount()
	o.CreatedAt, o.ChangedAt = instant(created), instant(changed)
	return o, errors.Join(readDate(start, &o.StartOn), readDate(expires, &o.ExpiresOn))
}

// loadOffer loads an offer without its schedule.
func loadOffer(ctx context.Context, tx *db.Tx, id OfferID) (Offer, error) {
	o, err := db.One(ctx, tx, scanOffer, selectOffer, int64(id))
	return found(o, err, ErrOfferNotFound)
}

// lockedOffer loads an offer that nobody else can change now, and its
// application: borrower, application and offer are locked in this order.
func lockedOffer(ctx context.Context, tx *db.Tx, id OfferID) (Offer, Application, error) {
	o, err := loadOffer(ctx, tx, id) // its application never changes
	if err != nil {
		return Offer{}, Application{}, err
	}
	a, err := lockedApplication(ctx, tx, o.Application)
	if err != nil {
		return Offer{}, Application{}, err
	}
	if err := tx.Lock(ctx, lockOffer, int64(id)); err != nil {
		return Offer{}, Application{}, err
	}
	o, err = loadOffer(ctx, tx, id)
	return o, a, err
}

// lockedOpenOffer loads the open offer of a locked application, nil when there
// is none.
func lockedOpenOffer(ctx context.Context, tx *db.Tx, id ApplicationID) (*Offer, error) {
	o, err := db.One(ctx, tx, scanOffer, selectOpenOffer, int64(id))
	if errors.Is(err, db.ErrNotFound) {
		return nil, nil //nolint:nilnil // no open offer is an answer
	}
	if err != nil {
		return nil, err
	}
	return &o, tx.Lock(ctx, lockOffer, int64(o.ID))
}

func loadOverdueOffers(
	ctx context.Context, tx *db.Tx, on calendar.Date, limit int,
) ([]Offer, error) {
	return db.Many(ctx, tx, scanOffer, selectOverdueOffers, on.String(), int64(limit))
}

func loadOffersOfBorrower(
	ctx context.Context, tx *db.Tx, borrower customer.ID, after, limit int64,
) ([]Offer, error) {
	return db.Many(ctx, tx, scanOffer, selectOffersOfBorrower, int64(borrower), after, limit)
}

func storeNewOffer(ctx context.Context, tx *db.Tx, o *Offer) error {
	return tx.InsertMany(ctx, insertOffer, 1, func(_ int, r *db.Row) {
		r.Int(int64(o.ID))
		r.Int(int64(o.Application))
		r.Int(int64(o.Borrower))
		r.Text(o.Product)
		r.Int(o.ProductVersion)
		r.Text(o.Grade)
		r.Text(o.Purpose)
		r.Int(o.Principal.Minor())
		r.Text(string(o.Principal.Currency()))
		r.Int(int64(o.Rate))
		r.Text(string(o.Method))
		r.Int(int64(o.Instalments))
		r.Int(o.Fee)
		r.Int(int64(o.APR))
		r.Int(o.TotalPayable)
		r.Text(o.StartOn.String())
		r.Text(o.ExpiresOn.String())
		r.Text(string(o.State))
		r.Text(o.Maker)
		r.Int(micros(o.CreatedAt))
		r.Int(micros(o.ChangedAt))
	})
}

// storeOfferStates stores the states of offers sorted by id.
func storeOfferStates(ctx context.Context, tx *db.Tx, offers ...*Offer) error {
	_, err := tx.UpdateMany(ctx, updateOfferStates, len(offers), func(i int, r *db.Row) {
		offers[i].ChangedAt = tx.Now().UTC()
		r.Int(int64(offers[i].ID))
		r.Text(string(offers[i].State))
		r.Int(micros(offers[i].ChangedAt))
	})
	return err
}

// withSchedule fills in the indicative schedule.
func (o *Offer) withSchedule(p *Product) error {
	s, err := loan.NewSchedule(o.Terms(p, o.StartOn))
	o.Schedule = s
	return err
}
