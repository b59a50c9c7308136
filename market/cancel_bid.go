package market

import (
	"context"
	"errors"
	"time"

	"openlend/access"
	"openlend/calendar"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/ledger"
)

// CancelBid gives a lender his bid back while the listing is open and the time
// for second thoughts lasts. Refusals: ErrBidNotFound, access.ErrForbidden,
// ErrInvalidState, ErrClosed, ErrBidBinding.
func CancelBid(
	ctx context.Context, tx *db.Tx, ids *id.Source, actor access.Actor, bid BidID,
) (Bid, error) {
	b, err := loadBid(ctx, tx, bid)
	if err != nil {
		return Bid{}, err
	}
	if err := b.own(actor, access.CustomerAct); err != nil {
		return Bid{}, err
	}
	if err := ledger.LockAccounts(ctx, tx, b.Wallet); err != nil {
		return Bid{}, err
	}
	dates, err := ledger.ReadDates(ctx, tx)
	if err != nil {
		return Bid{}, err
	}
	l, err := lockedListing(ctx, tx, b.Listing)
	if err != nil {
		return Bid{}, err
	}
	if b, err = loadBid(ctx, tx, bid); err != nil { // as it is under the lock
		return Bid{}, err
	}
	staked := b.active()
	if err := b.takeBack(l, dates.BusinessOn, tx.Now()); err != nil {
		return Bid{}, err
	}
	results, err := ledger.Post(ctx, tx, ids, ledger.PostBidRelease(int64(b.ID)))
	if err != nil {
		return Bid{}, err
	}
	if results[0].Err != nil {
		return Bid{}, results[0].Err
	}
	l.Funded, l.Bids, l.ChangedAt = l.Funded-staked, l.Bids-1, tx.Now()
	if err := storeBids(ctx, tx, []Bid{b}); err != nil {
		return Bid{}, err
	}
	if err := storeListings(ctx, tx, l); err != nil {
		return Bid{}, err
	}
	var told news
	told.bid(TopicBidCancelled, l, b.ID)
	return b, told.announce(ctx, tx, ids)
}

// takeBack cancels the bid if it is not binding yet. The end of the listing comes
// before the end of the time: then nobody's bid comes or goes any more.
func (b *Bid) takeBack(l *Listing, on calendar.Date, now time.Time) error {
	if b.State != BidHeld {
		return ErrInvalidState.With("a bid that is %s cannot be cancelled", b.State)
	}
	if l.State != Open || on > l.ClosesOn {
		return ErrClosed.With("the bidding is over, the bid cannot be taken back")
	}
	until := b.PlacedAt.Add(time.Duration(l.CancelMinutes) * time.Minute)
	if !now.Before(until) {
		return ErrBidBinding.With("this bid could be taken back until %s",
			until.Format(time.RFC3339))
	}
	return b.step(BidCancelled, now)
}

// own lets a lender do what is his own, and staff with the permission do it for
// him. What belongs to another customer does not exist for him.
func (b *Bid) own(actor access.Actor, p access.Permission) error {
	err := actor.RequireSelf(int64(b.Lender), p)
	if errors.Is(err, access.ErrNotYours) {
		return ErrBidNotFound
	}
	return err
}
