package market

import (
	"context"

	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/ledger"
	"openlend/money"
	"openlend/origination"
)

// shares says which part of each bid becomes a share. amounts are the active
// bids in committed order; the shares sum to the principal, or to all that was
// bid when that is less.
//
// Over-subscribed, every bid first gets the smallest piece, which each of them
// reaches (full sees to it that there are not more bids than pieces); what is
// left of the principal is split in proportion to what each bid asks beyond
// that, by largest remainder, ties to the earlier bid. So no share is below the
// smallest piece or above its bid, and a large bid has no precedence.
func shares(principal, minBid int64, amounts []int64) ([]int64, error) {
	var sum int64
	for _, a := range amounts {
		var err error
		if sum, err = money.AddMinor(sum, a); err != nil {
			return nil, err
		}
	}
	if sum <= principal {
		return amounts, nil
	}
	piece := min(minBid, principal/int64(len(amounts)))
	beyond := make([]int64, len(amounts))
	for i, a := range amounts {
		beyond[i] = a - piece
	}
	split, err := money.SplitMinor(principal-piece*int64(len(amounts)), beyond)
	for i := range split {
		split[i] += piece
	}
	return split, err
}

// sharesOf finds the share of every active bid of a listing. It comes out the
// same at every call: bids do not come or go once a listing is funded, and what
// they asked for is never changed.
func (l *Listing) sharesOf(ctx context.Context, tx *db.Tx) (func(*Bid) int64, error) {
	if l.Policy == origination.TimePriority {
		return func(b *Bid) int64 { return b.Amount.Minor() }, nil
	}
	bids, amounts, err := loadActive(ctx, tx, l.ID)
	if err != nil {
		return nil, err
	}
	parts, err := shares(l.Principal.Minor(), l.MinBid, amounts)
	if err != nil {
		return nil, err
	}
	share := make(map[BidID]int64, len(bids))
	for i, b := range bids {
		share[b] = parts[i]
	}
	return func(b *Bid) int64 { return share[b.ID] }, nil
}

// AllotBids moves the next bids of an allotted listing from their lenders'
// wallets into its escrow, and announces the listing when it was the last piece.
// Run again, or from any point, it goes on where the money stands.
func AllotBids(
	ctx context.Context, tx *db.Tx, ids *id.Source, listing ListingID,
) (Progress, error) {
	p, err := lockPiece(ctx, tx, listing, BidHeld)
	if err != nil || p == nil || p.listing.State != Allotted {
		return Progress{}, err // done, or cancelled in the meantime
	}
	l := p.listing
	share, err := l.sharesOf(ctx, tx)
	if err != nil {
		return Progress{}, err
	}
	err = p.post(ctx, tx, ids, func(b *Bid) []ledger.Command {
		return ledger.PostAllotment(int64(b.ID), p.escrow, l.amount(share(b)), b.Amount)
	}, func(b *Bid) error {
		b.Allotted = share(b)
		l.Funded -= b.Amount.Minor() - b.Allotted
		l.Allotted += b.Allotted
		return b.step(BidAllotted, tx.Now())
	})
	if err != nil {
		return Progress{}, err
	}
	var told news
	if len(p.moved) > 0 && l.allShares() {
		told.listing(TopicListingAllotted, l)
	}
	return p.progress(), told.announce(ctx, tx, ids)
}
