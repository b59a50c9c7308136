package market

import (
	"context"

	"openlend/access"
	"openlend/internal/db"
)

// GetListing reads a listing, for rooms. Refusal: ErrNotFound.
func GetListing(ctx context.Context, tx *db.Tx, listing ListingID) (Listing, error) {
	l, err := loadListing(ctx, tx, listing)
	if err != nil {
		return Listing{}, err
	}
	return *l, nil
}

// ViewListing reads a listing as the actor may see it: before it is published
// only its borrower and staff do, and who borrows is told to them alone.
// Refusal: ErrNotFound.
func ViewListing(
	ctx context.Context, tx *db.Tx, actor access.Actor, listing ListingID,
) (Listing, error) {
	l, err := GetListing(ctx, tx, listing)
	if err != nil {
		return Listing{}, err
	}
	if !l.insider(actor) && !l.State.Published() {
		return Listing{}, ErrNotFound
	}
	return l.seenBy(actor), nil
}

// insider says whether an actor may see all of the listing.
func (l *Listing) insider(actor access.Actor) bool {
	return actor.Is(int64(l.Borrower)) || actor.May(access.ReadAll)
}

// seenBy is the listing without what the actor need not know.
func (l *Listing) seenBy(actor access.Actor) Listing {
	shown := *l
	if !l.insider(actor) {
		shown.Borrower, shown.Why = 0, ""
		shown.Maker, shown.Checker, shown.Submitter, shown.Releaser = "", "", "", ""
	}
	return shown
}
