package market

import (
	"context"
	"errors"
	"time"

	"openlend/calendar"
	"openlend/internal/db"
	"openlend/money"
)

// lockListing guards a listing and all its bids.
var lockListing = db.LockClass{Rank: 50, Table: "market_listing", Key: "id"}

const (
	listingColumns = `id, offer_id, borrower_id, product, product_version, grade, purpose, title,
		description, currency, principal, rate, method, instalments, apr, min_bid, bid_step,
		max_bid, max_share, min_funded, open_days, cancel_minutes, policy, state, why, opens_at,
		closes_on, decide_by_on, funded, allotted, bids, maker, checker, submitter, releaser,
		created_at, changed_at`

	selectListings = `SELECT ` + listingColumns + ` FROM market_listing WHERE id IN (:ids)
		ORDER BY id`

	// Scheduled listings whose time has come, the longest waiting first.
	selectDue = `SELECT id FROM market_listing WHERE state = 'scheduled' AND opens_at <= $1
		ORDER BY opens_at, id LIMIT $2`

	// Listings whose last day for bids, or for the final review, is over.
	selectExpired = `SELECT id FROM market_listing WHERE state = 'open' AND closes_on <= $1
		UNION ALL
		SELECT id FROM market_listing WHERE state IN ('funded', 'in_final_review')
			AND decide_by_on <= $1
		ORDER BY 1 LIMIT $2`

	updateText = `UPDATE market_listing SET title = $1, description = $2
		WHERE id = $3 AND state IN ('draft', 'returned')`
)

var (
	insertListing = &db.Insert{Table: "market_listing", KeepExisting: true, Columns: []string{
		"id", "offer_id", "borrower_id", "product", "product_version", "grade", "purpose",
		"title", "description", "currency", "principal", "rate", "method", "instalments", "apr",
		"min_bid", "bid_step", "max_bid", "max_share", "min_funded", "open_days",
		"cancel_minutes", "policy", "state", "why", "opens_at", "closes_on", "decide_by_on",
		"funded", "allotted", "bids", "maker", "checker", "submitter", "releaser", "created_at",
		"changed_at"}}

	// updateListing has no column of what lenders were shown: that never changes.
	updateListing = &db.Update{Table: "market_listing", Keys: []string{"id"}, Set: []string{
		"state", "why", "opens_at", "closes_on", "decide_by_on", "funded", "allotted", "bids",
		"maker", "checker", "submitter", "releaser", "changed_at"}}

	insertReview = &db.Insert{Table: "market_review", Columns: []string{
		"id", "listing_id", "subject", "decision", "maker", "checker", "why", "reviewed_at"}}
)

func scanListing(s db.Scanner) (*Listing, error) {
	var l Listing
	var currency, closesOn, decideBy string
	var principal, opensAt, createdAt, changedAt int64
	err := s.Scan((*int64)(&l.ID), (*int64)(&l.Offer), (*int64)(&l.Borrower), &l.Product,
		&l.ProductVersion, &l.Grade, &l.Purpose, &l.Title, &l.Description, &currency, &principal,
		(*int64)(&l.Rate), (*string)(&l.Method), &l.Instalments, (*int64)(&l.APR), &l.MinBid,
		&l.BidStep, &l.MaxBid, (*int64)(&l.MaxShare), &l.MinFunded, &l.OpenDays, &l.CancelMinutes,
		(*string)(&l.Policy), (*string)(&l.State), &l.Why, &opensAt, &closesOn, &decideBy,
		&l.Funded, &l.Allotted, &l.Bids, &l.Maker, &l.Checker, &l.Submitter, &l.Releaser,
		&createdAt, &changedAt)
	if err != nil {
		return nil, err
	}
	l.Principal = money.New(principal, money.Currency(currency))
	l.OpensAt, l.CreatedAt, l.ChangedAt = instant(opensAt), instant(createdAt), instant(changedAt)
	if l.ClosesOn, err = date(closesOn); err != nil {
		return nil, err
	}
	l.DecideBy, err = date(decideBy)
	return &l, err
}

// instant and date read what may be unset: 0 and ”.
func instant(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}

func date(s string) (calendar.Date, error) {
	if s == "" {
		return 0, nil
	}
	return calendar.ParseDate(s)
}

// micros and dateText write them.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func dateText(d calendar.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

// loadListings finds listings as they are; those that are not there are absent.
func loadListings(
	ctx context.Context, tx *db.Tx, wanted ...ListingID,
) (map[ListingID]*Listing, error) {
	ids := make([]int64, len(wanted))
	for i, l := range wanted {
		ids[i] = int64(l)
	}
	found, err := db.ManyByID(ctx, tx, scanListing, selectListings, ids)
	byID := make(map[ListingID]*Listing, len(found))
	for _, l := range found {
		byID[l.ID] = l
	}
	return byID, err
}

// lockedListing locks a listing and reads it. Refusal: ErrNotFound.
func lockedListing(ctx context.Context, tx *db.Tx, wanted ListingID) (*Listing, error) {
	if err := tx.Lock(ctx, lockListing, int64(wanted)); err != nil {
		return nil, err
	}
	return loadListing(ctx, tx, wanted)
}

func loadListing(ctx context.Context, tx *db.Tx, wanted ListingID) (*Listing, error) {
	found, err := loadListings(ctx, tx, wanted)
	if err != nil {
		return nil, err
	}
	l, ok := found[wanted]
	if !ok {
		return nil, ErrNotFound
	}
	return l, nil
}

// storeNewListings inserts listings but those whose offer has one.
func storeNewListings(ctx context.Context, tx *db.Tx, listings []Listing) error {
	return tx.InsertMany(ctx, insertListing, len(listings), func(i int, r *db.Row) {
		l := &listings[i]
		for _, n := range []int64{int64(l.ID), int64(l.Offer), int64(l.Borrower)} {
			r.Int(n)
		}
		r.Text(l.Product)
		r.Int(l.ProductVersion)
		for _, s := range []string{l.Grade, l.Purpose, l.Title, l.Description,
			string(l.Principal.Currency())} {
			r.Text(s)
		}
		r.Int(l.Principal.Minor())
		r.Int(int64(l.Rate))
		r.Text(string(l.Method))
		for _, n := range []int64{int64(l.Instalments), int64(l.APR), l.MinBid, l.BidStep, l.MaxBid,
			int64(l.MaxShare), l.MinFunded, int64(l.OpenDays), int64(l.CancelMinutes)} {
			r.Int(n)
		}
		r.Text(string(l.Policy))
		fillProgress(l, r, func() { r.Int(micros(l.CreatedAt)) })
	})
}

// storeListings writes how far listings have come.
func storeListings(ctx context.Context, tx *db.Tx, listings ...*Listing) error {
	n, err := tx.UpdateMany(ctx, updateListing, len(listings), func(i int, r *db.Row) {
		r.Int(int64(listings[i].ID))
		fillProgress(listings[i], r, func() {})
	})
	if err == nil && n != int64(len(listings)) {
		return errors.New("market: a listing is gone")
	}
	return err
}

// fillProgress writes the columns of updateListing; beforeLast writes what an
// insert has before changed_at.
func fillProgress(l *Listing, r *db.Row, beforeLast func()) {
	r.Text(string(l.State))
	r.Text(l.Why)
	r.Int(micros(l.OpensAt))
	r.Text(dateText(l.ClosesOn))
	r.Text(dateText(l.DecideBy))
	r.Int(l.Funded)
	r.Int(l.Allotted)
	r.Int(l.Bids)
	r.Text(l.Maker)
	r.Text(l.Checker)
	r.Text(l.Submitter)
	r.Text(l.Releaser)
	beforeLast()
	r.Int(micros(l.ChangedAt))
}

// storeText writes what a listing tells lenders, before it is published.
func storeText(ctx context.Context, tx *db.Tx, l *Listing) error {
	n, err := tx.Exec(ctx, updateText, l.Title, l.Description, int64(l.ID))
	if err == nil && n != 1 {
		return ErrInvalidState
	}
	return err
}

func storeReview(ctx context.Context, tx *db.Tx, v review) error {
	return tx.InsertMany(ctx, insertReview, 1, func(_ int, r *db.Row) {
		r.Int(v.id)
		r.Int(int64(v.listing))
		for _, s := range []string{v.subject, string(v.decision), v.maker, v.checker, v.why} {
			r.Text(s)
		}
		r.Int(micros(v.at))
	})
}

func loadDue(ctx context.Context, tx *db.Tx, limit int) ([]int64, error) {
	return db.Values[int64](ctx, tx, selectDue, tx.Now().UnixMicro(), limit)
}

func loadExpired(ctx context.Context, tx *db.Tx, on calendar.Date, limit int) ([]int64, error) {
	return db.Values[int64](ctx, tx, selectExpired, on.String(), limit)
}
