package market

import (
	"context"

	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/ledger"
)

// listingsAtOnce is how many listings one transaction moves: on SQLite everybody
// waits for it.
const listingsAtOnce = 100

// OpenScheduled opens the next published listings whose time has come, and
// returns how many there were: fewer than 100 when none is left.
func OpenScheduled(ctx context.Context, tx *db.Tx, ids *id.Source) (int, error) {
	dates, due, err := lockDue(ctx, tx, func() ([]int64, error) {
		return loadDue(ctx, tx, listingsAtOnce)
	})
	if err != nil || len(due) == 0 {
		return 0, err
	}
	var told news
	for _, l := range due {
		if l.State != Scheduled {
			continue // somebody was faster
		}
		if err := l.openNow(dates.BusinessOn, tx.Now()); err != nil {
			return 0, err
		}
		told.listing(TopicListingOpened, l)
	}
	if err := storeListings(ctx, tx, due...); err != nil {
		return 0, err
	}
	return len(due), told.announce(ctx, tx, ids)
}

// lockDue locks the listings that a query finds, with the business date, and
// reads them.
func lockDue(
	ctx context.Context, tx *db.Tx, find func() ([]int64, error),
) (ledger.Dates, []*Listing, error) {
	if err := ledger.LockAccounts(ctx, tx); err != nil { // the business date stays
		return ledger.Dates{}, nil, err
	}
	dates, err := ledger.ReadDates(ctx, tx)
	if err != nil {
		return dates, nil, err
	}
	due, err := find()
	if err != nil {
		return dates, nil, err
	}
	if err := tx.Lock(ctx, lockListing, due...); err != nil {
		return dates, nil, err
	}
	listings, err := db.ManyByID(ctx, tx, scanListing, selectListings, due)
	return dates, listings, err
}
