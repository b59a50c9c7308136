package market

import (
	"context"

	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/ledger"
)

// ReleaseBids gives the next lenders of a listing that failed or was cancelled
// their money back: what is still held is released, what lies in escrow already
// is refunded. Run again, or from any point, it goes on where the money stands.
// Refusal: ErrInvalidState for a listing that has not ended so.
func ReleaseBids(
	ctx context.Context, tx *db.Tx, ids *id.Source, listing ListingID,
) (Progress, error) {
	p, err := lockPiece(ctx, tx, listing, BidHeld)
	if err == nil && p == nil {
		p, err = lockPiece(ctx, tx, listing, BidAllotted)
	}
	if err != nil || p == nil {
		return Progress{}, err
	}
	l := p.listing
	if l.State != Failed && l.State != Cancelled {
		return Progress{}, ErrInvalidState.With("a listing that is %s releases nothing", l.State)
	}
	var told news
	err = p.post(ctx, tx, ids, func(b *Bid) []ledger.Command {
		if b.State == BidHeld {
			return ledger.PostBidRelease(int64(b.ID))
		}
		return ledger.PostRefund(int64(b.ID), p.escrow, b.Wallet, l.amount(b.Allotted))
	}, func(b *Bid) error {
		l.Funded -= b.active()
		l.Allotted -= b.Allotted
		l.Bids--
		told.bid(TopicBidReleased, l, b.ID)
		return b.step(BidReleased, tx.Now())
	})
	if err != nil {
		return Progress{}, err
	}
	return p.progress(), told.announce(ctx, tx, ids)
}
