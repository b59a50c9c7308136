package servicing

import (
	"context"
	"testing"
	"time"

	"openlend/internal/db"
	"openlend/internal/testdb"
	"openlend/ledger"
	"openlend/market"
)

// The market's own sagas are crashed here, where there is a town to do it in.

// allot has two people approve a funded listing, unless they have, and makes its
// bids shares.
func (w *worker) allot(listing int64) error {
	err := w.do(func(ctx context.Context, tx *db.Tx) error {
		l, err := market.GetListing(ctx, tx, market.ListingID(listing))
		if err != nil || l.State != market.Funded {
			return err
		}
		if _, err = market.SubmitFunding(ctx, tx, uma, l.ID); err != nil {
			return err
		}
		_, err = market.ReviewFunding(ctx, tx, w.ids, rita,
			market.FundingReview{Listing: l.ID, Decision: market.Approve})
		return err
	})
	if err != nil {
		return err
	}
	return w.drive()
}

// unwind cancels a funded listing, unless that was done, and releases its bids.
func (w *worker) unwind(listing int64) error {
	err := w.do(func(ctx context.Context, tx *db.Tx) error {
		l, err := market.GetListing(ctx, tx, market.ListingID(listing))
		if err != nil || l.State == market.Cancelled {
			return err
		}
		_, err = market.CancelListing(ctx, tx, w.ids, uma, l.ID, "the borrower is gone")
		return err
	})
	if err != nil {
		return err
	}
	return w.drive()
}

// A process killed before or after any commit of an allotment or an unwinding is
// gone on from by another: every bid has become a share once, or is free again.
func TestMarketKilledAtEveryPoint(t *testing.T) {
	const points = 2 // at least: before and after the commit of the one piece
	testdb.EachURL(t, func(t *testing.T, url string) {
		listings := map[string][]market.ListingID{}
		t.Run("before", func(t *testing.T) {
			b := newTown(t, url)
			for _, work := range []string{"unwound", "allotted"} {
				for range points + 4 {
					listing := b.published(10_000)
					b.bid(listing, 300, 9_700)
					listings[work] = append(listings[work], listing)
				}
			}
		})
		ended := map[string][]market.ListingID{}
		for i, work := range []string{"unwound", "allotted"} {
			runs := crashEverywhere(t, url, work, 100*i, listings[work])
			if runs < points {
				t.Errorf("%s passes only %d points", work, runs)
			}
			ended[work] = listings[work][:runs+1]
		}
		t.Run("after", func(t *testing.T) {
			b := openTown(t, url, time.Date(2027, 1, 1, 9, 0, 0, 0, time.UTC))
			for _, l := range ended["unwound"] {
				b.mustHaveEnded(l, market.Cancelled, 0)
			}
			for _, l := range ended["allotted"] {
				b.mustHaveEnded(l, market.Allotted, 10_000)
			}
			b.sound()
		})
	})
}

func (b *town) mustHaveEnded(listing market.ListingID, state market.State, escrow int64) {
	b.Helper()
	l := must(b, func(ctx context.Context, tx *db.Tx) (market.Listing, error) {
		return market.GetListing(ctx, tx, listing)
	})
	held := must(b, func(ctx context.Context, tx *db.Tx) (int64, error) {
		return db.Value[int64](ctx, tx, `SELECT COUNT(*) FROM ledger_hold h
			JOIN market_bid m ON m.id = h.cause_id
			WHERE h.state = 'open' AND m.listing_id = $1`, int64(listing))
	})
	if l.State != state || held != 0 || b.balance(ledger.Escrow, int64(listing)) != escrow {
		b.Errorf("%s, %d held, %d in escrow", l.State, held,
			b.balance(ledger.Escrow, int64(listing)))
	}
}
