package market

import (
	"context"

	"openlend/internal/db"
	"openlend/internal/id"
)

// CloseListing ends a listing well: its loan was paid out. Servicing calls it,
// before locks of later rank. Refusals: ErrNotFound, ErrInvalidState.
func CloseListing(ctx context.Context, tx *db.Tx, ids *id.Source, listing ListingID) error {
	l, err := lockedListing(ctx, tx, listing)
	if err != nil {
		return err
	}
	if !l.allShares() {
		return ErrInvalidState.With("a listing that is %s, with %d of %d allotted, is not closed",
			l.State, l.Allotted, l.Funded)
	}
	if err := l.step(Closed, tx.Now()); err != nil {
		return err
	}
	if err := storeListings(ctx, tx, l); err != nil {
		return err
	}
	var told news
	told.listing(TopicListingClosed, l)
	return told.announce(ctx, tx, ids)
}

// LockListing keeps a listing as it is until the transaction ends, for rooms
// that lock rows of later ranks before they call its operations.
func LockListing(ctx context.Context, tx *db.Tx, listing ListingID) error {
	return tx.Lock(ctx, lockListing, int64(listing))
}
