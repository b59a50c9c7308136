package market

import (
	"context"
	"time"

	"openlend/access"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/ledger"
)

// Review is a decision on a listing that waits for publication.
type Review struct {
	Listing  ListingID
	Decision Decision  // Publish, Return or Refuse
	OpensAt  time.Time // of Publish; zero: at once
	Why      string    // needed to return and to refuse
}

// ReviewListing decides on what somebody else has prepared. Refusals:
// access.ErrForbidden, access.ErrFourEyes, ErrDecision, ErrOpensAt, ErrWhy,
// ErrNotFound, ErrInvalidState.
func ReviewListing(
	ctx context.Context, tx *db.Tx, ids *id.Source, actor access.Actor, in Review,
) (Listing, error) {
	if err := actor.Require(access.ListingReview); err != nil {
		return Listing{}, err
	}
	if err := in.check(tx.Now()); err != nil {
		return Listing{}, err
	}
	if err := ledger.LockAccounts(ctx, tx); err != nil { // the business date stays
		return Listing{}, err
	}
	l, err := lockedListing(ctx, tx, in.Listing)
	if err != nil {
		return Listing{}, err
	}
	var told news
	if err := l.decide(ctx, tx, in, &told); err != nil {
		return Listing{}, err
	}
	v := review{listing: l.ID, subject: ofPublication, decision: in.Decision, why: in.Why,
		maker: l.Maker}
	if err := record(ctx, tx, ids, actor, v); err != nil {
		return Listing{}, err
	}
	l.Checker, l.Why = actor.Principal(), in.Why
	if err := storeListings(ctx, tx, l); err != nil {
		return Listing{}, err
	}
	return *l, told.announce(ctx, tx, ids)
}

// check looks at the decision alone.
func (in *Review) check(now time.Time) error {
	switch in.Decision {
	case Publish:
		const year = 366 * 24 * time.Hour
		if !in.OpensAt.IsZero() && (in.OpensAt.Before(now) || in.OpensAt.After(now.Add(year))) {
			return ErrOpensAt
		}
		if in.Why == "" {
			return nil
		}
	case Return, Refuse:
		if !in.OpensAt.IsZero() {
			return ErrOpensAt
		}
	default:
		return ErrDecision
	}
	return checkWhy(in.Why)
}

// decide moves the listing as its review says.
func (l *Listing) decide(ctx context.Context, tx *db.Tx, in Review, told *news) error {
	switch {
	case l.State != InReview:
		return ErrInvalidState.With("a listing that is %s is not reviewed", l.State)
	case in.Decision == Return:
		return l.step(Returned, tx.Now())
	case in.Decision == Refuse:
		told.listing(TopicListingRefused, l)
		return l.step(Refused, tx.Now())
	}
	told.listing(TopicListingPublished, l)
	l.OpensAt = in.OpensAt
	if !l.OpensAt.IsZero() {
		return l.step(Scheduled, tx.Now())
	}
	dates, err := ledger.ReadDates(ctx, tx)
	if err != nil {
		return err
	}
	told.listing(TopicListingOpened, l)
	return l.openNow(dates.BusinessOn, tx.Now())
}
