package market

import (
	"context"

	"openlend/access"
	"openlend/customer"
	"openlend/internal/db"
)

// GetBid reads a bid. Only its lender and staff see it. Refusals:
// ErrBidNotFound, access.ErrForbidden.
func GetBid(ctx context.Context, tx *db.Tx, actor access.Actor, bid BidID) (Bid, error) {
	b, err := loadBid(ctx, tx, bid)
	if err != nil {
		return Bid{}, err
	}
	return b, b.own(actor, access.ReadAll)
}

// BidQuery asks for a page of bids: of a lender, of a listing, or of one in the
// other.
type BidQuery struct {
	Lender  customer.ID // 0: all, for staff
	Listing ListingID   // 0: all of the lender's
	State   BidState    // "": all
	After   BidID       // the last one of the page before, 0 at first
	Limit   int         // 1 to 200; 0: 50
}

// ListBids lists bids: of a listing newest first; of a lender those on the newest
// listing first, and each listing's newest first. Refusals: ErrQuery,
// ErrNotFound, access.ErrForbidden.
func ListBids(ctx context.Context, tx *db.Tx, actor access.Actor, q BidQuery) ([]Bid, error) {
	if err := q.check(actor); err != nil {
		return nil, err
	}
	limit, err := pageLimit(q.Limit)
	if err != nil {
		return nil, err
	}
	after := Bid{ID: lastID, Listing: lastID}
	if q.After != 0 {
		if after, err = loadBid(ctx, tx, q.After); err != nil {
			return nil, err
		}
	}
	if q.Lender == 0 {
		return loadBidsOfListing(ctx, tx, q, limit)
	}
	return loadBidsOfLender(ctx, tx, q, after, limit)
}

func (q *BidQuery) check(actor access.Actor) error {
	if q.Lender == 0 && q.Listing == 0 {
		return ErrQuery.With("name a lender or a listing").In("lender")
	}
	if q.State != "" && bidSteps[q.State] == nil {
		return ErrQuery.With("there is no such state of a bid").In("state")
	}
	if q.Lender == 0 {
		return actor.Require(access.ReadAll)
	}
	b := Bid{Lender: q.Lender}
	return b.own(actor, access.ReadAll)
}

// AllottedBids lists the bids that have become shares of a listing, in committed
// order, after one of them.
func AllottedBids(
	ctx context.Context, tx *db.Tx, listing ListingID, after BidID, limit int,
) ([]Bid, error) {
	return loadBidsIn(ctx, tx, listing, BidAllotted, after, limit)
}

const lastID = 1<<63 - 1

// pageLimit is how many rows a page has. Refusal: ErrQuery.
func pageLimit(limit int) (int, error) {
	switch {
	case limit == 0:
		return 50, nil
	case limit < 0 || limit > 200:
		return 0, ErrQuery.With("between 1 and 200 rows can be listed at once").In("limit")
	}
	return limit, nil
}
