package market

import (
	"context"

	"openlend/access"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/internal/saga"
)

// CancelListing ends a listing before its bids have become shares, whatever
// state it is in, and releases what it holds. It is also the way out of an
// allotment that cannot be finished. Refusals: access.ErrForbidden, ErrWhy,
// ErrNotFound, ErrInvalidState.
func CancelListing(
	ctx context.Context, tx *db.Tx, ids *id.Source, actor access.Actor,
	listing ListingID, why string,
) (Listing, error) {
	if err := actor.Require(access.ListingCancel); err != nil {
		return Listing{}, err
	}
	l, err := lockedListing(ctx, tx, listing)
	if err != nil {
		return Listing{}, err
	}
	if l.allShares() {
		return Listing{}, ErrInvalidState.With("its bids are the shares of a loan by now")
	}
	return l.cancel(ctx, tx, ids, why)
}

// CancelAllotted ends a listing whose loan will never be paid out; the saga
// "unwinding" gives every lender his share back from escrow, which must hold all
// of it again. It locks the listing: call it before locks of later rank.
// Refusals: ErrWhy, ErrNotFound, ErrInvalidState.
func CancelAllotted(
	ctx context.Context, tx *db.Tx, ids *id.Source, listing ListingID, why string,
) error {
	l, err := lockedListing(ctx, tx, listing)
	if err != nil {
		return err
	}
	if l.State != Allotted {
		return ErrInvalidState.With("a listing that is %s is not allotted", l.State)
	}
	if checkWhy(why) != nil {
		why = "its loan is not paid out"
	}
	_, err = l.cancel(ctx, tx, ids, why)
	return err
}

func (l *Listing) cancel(
	ctx context.Context, tx *db.Tx, ids *id.Source, why string,
) (Listing, error) {
	if err := checkWhy(why); err != nil {
		return Listing{}, err
	}
	var told news
	if err := l.end(ctx, tx, ids, Cancelled, why, &told); err != nil {
		return Listing{}, err
	}
	if err := storeListings(ctx, tx, l); err != nil {
		return Listing{}, err
	}
	return *l, told.announce(ctx, tx, ids)
}

// end moves a listing to Failed or Cancelled and has its bids released.
func (l *Listing) end(
	ctx context.Context, tx *db.Tx, ids *id.Source, to State, why string, told *news,
) error {
	if err := l.step(to, tx.Now()); err != nil {
		return err
	}
	l.Why = why
	topic := TopicListingCancelled
	if to == Failed {
		topic = TopicListingFailed
	}
	told.listing(topic, l)
	if l.Bids == 0 {
		return nil
	}
	_, err := saga.Start(ctx, tx, ids, SagaUnwinding, int64(l.ID), "{}")
	return err
}

// allShares says whether every bid has become a share.
func (l *Listing) allShares() bool { return l.State == Allotted && l.Allotted == l.Funded }
