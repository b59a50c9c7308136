package market

import (
	"context"

	"openlend/access"
	"openlend/internal/db"
)

// SubmitFunding hands a funded listing to a second person for the final review.
// Refusals: access.ErrForbidden, ErrNotFound, ErrInvalidState.
func SubmitFunding(
	ctx context.Context, tx *db.Tx, actor access.Actor, listing ListingID,
) (Listing, error) {
	if err := actor.Require(access.ListingPrepare); err != nil {
		return Listing{}, err
	}
	l, err := lockedListing(ctx, tx, listing)
	if err != nil {
		return Listing{}, err
	}
	if err := l.step(InFinalReview, tx.Now()); err != nil {
		return Listing{}, err
	}
	l.Submitter = actor.Principal()
	return *l, storeListings(ctx, tx, l)
}
