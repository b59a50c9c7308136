package market

import (
	"context"
	"errors"
	"testing"
	"time"

	"openlend/access"
	"openlend/customer"
	"openlend/internal/db"
	"openlend/ledger"
	"openlend/money"
	"openlend/origination"
)

// The rules of a bid, one after the other on one market.
func TestBids(t *testing.T) {
	t.Parallel()
	eachFair(t, func(f *fair) {
		f.sub("bidSizes", bidSizes)
		f.sub("lastPiece", lastPiece)
		f.sub("mostOfOneLender", mostOfOneLender)
		f.sub("whoMayBid", whoMayBid)
		f.sub("ownListing", ownListing)
		f.sub("twoListingsOneWallet", twoListingsOneWallet)
		f.sub("proRataTakesMore", proRataTakesMore)
		f.sub("cancelWindow", cancelWindow)
		f.sub("stepsOfBids", stepsOfBids)
		f.sub("bidsEndWithTheLastDay", bidsEndWithTheLastDay)
	})
}

// Sizes at every edge: principal 1000, smallest bid 100, steps of 50, 600 of one
// lender.
func bidSizes(f *fair) {
	t := f.T
	how := funding
	how.MaxShare = 600_000_000
	for _, c := range []struct {
		first int64 // bid by another before
		minor int64
		want  error
	}{
		{0, 99, ErrBidTooSmall}, {0, 100, nil}, {0, 101, ErrBidStep}, {0, 149, ErrBidStep},
		{0, 150, nil}, {0, 600, nil}, {0, 601, ErrBidStep}, {0, 650, ErrBidTooLarge},
		{0, 1000, ErrBidTooLarge}, {0, 1050, ErrExceedsRemaining}, {0, 0, ErrBidTooSmall},
		{0, -100, ErrBidTooSmall}, {0, 1<<63 - 1, ErrExceedsRemaining},
		{500, 500, nil}, {500, 501, ErrExceedsRemaining}, {500, 550, ErrExceedsRemaining},
		{500, 499, ErrBidStep},
		{450, 550, nil}, {450, 540, ErrBidStep},
	} {
		l := f.open(1000, how)
		two := f.lenders(2, 5000)
		if c.first > 0 {
			f.bid(two[0], l, c.first)
		}
		before := f.everything()
		r := f.bids(order(two[1], l, c.minor))[0]
		if !errors.Is(r.Refusal, c.want) {
			t.Errorf("%d after %d: %v, not %v", c.minor, c.first, r.Refusal, c.want)
		}
		switch {
		case c.want != nil && f.everything() != before:
			t.Errorf("%d was refused and has changed something", c.minor)
		case c.want == nil && (f.wallet(two[1]).Held != c.minor || r.Funded != c.first+c.minor):
			t.Errorf("%d: %d is held, funded %d", c.minor, f.wallet(two[1]).Held, r.Funded)
		}
	}
	f.sound()
}

// What is left below the smallest bid is taken as a whole or not at all.
func lastPiece(f *fair) {
	t := f.T
	l := f.open(1033, funding)
	two := f.lenders(2, 5000)
	f.bid(two[0], l, 1000)
	for _, minor := range []int64{1, 32, 34, 100} {
		want := ErrBidTooSmall
		if minor > 33 {
			want = ErrExceedsRemaining
		}
		r := f.bids(order(two[1], l, minor))[0]
		if !errors.Is(r.Refusal, want) || r.Refusal.Error() == want.Error() {
			t.Errorf("%d of 33: %v", minor, r.Refusal)
		}
	}
	f.bid(two[1], l, 33)
	mustState(f, l, Funded, nil)
	if r := f.bids(order(two[1], l, 1))[0]; !errors.Is(r.Refusal, ErrFullyFunded) {
		t.Errorf("nothing is left: %v", r.Refusal)
	}
	f.mustTopics(l, TopicListingFunded, 1)
	f.sound()
}

// One lender's limit holds over several bids, in one call and in many, and what
// he takes back counts no more.
func mostOfOneLender(f *fair) {
	t := f.T
	how := funding
	how.MaxBid = 250
	l := f.open(1000, how)
	lender := f.lenders(1, 5000)[0]
	got := f.bids(order(lender, l, 100), order(lender, l, 200), order(lender, l, 150),
		order(lender, l, 100))
	if got[0].Refusal != nil || !errors.Is(got[1].Refusal, ErrBidTooLarge) ||
		got[2].Refusal != nil || !errors.Is(got[3].Refusal, ErrBidTooLarge) {
		t.Errorf("in one call: %v", got)
	}
	r := f.bids(order(lender, l, 100))[0]
	if !errors.Is(r.Refusal, ErrBidTooLarge) {
		t.Errorf("later: %v", r.Refusal)
	}
	if _, err := f.cancelBid(got[2].Bid); err != nil {
		t.Fatal(err)
	}
	f.bid(lender, l, 150)
	other := f.open(1000, how)
	if r := f.bids(order(lender, l, 100), order(lender, other, 250))[1]; r.Refusal != nil {
		t.Errorf("his part in one listing counts in another: %v", r.Refusal)
	}
	f.sound()
}

// Who may not bid, and on what, is told so; each in one group with a bid that is
// good, which is taken all the same.
func whoMayBid(f *fair) {
	t := f.T
	l := f.open(100_000, funding)
	lenders := f.lenders(5, 1000)
	good, poor, walletFrozen := lenders[0], lenders[1], lenders[2]
	frozen, unknown := customer.ID(f.next()), customer.ID(f.next())
	newcomer, noWallet := customer.ID(f.next()), customer.ID(f.next())
	f.customers(frozen, "frozen", true)
	f.customers(noWallet, "verified", true)
	f.newcomer(newcomer)
	f.setWallet(walletFrozen, ledger.Frozen)
	his := func(o BidOrder, actor access.Actor) BidOrder {
		o.Actor = actor
		return o
	}
	inDollars := order(good, l, 100)
	inDollars.Amount = money.New(100, money.USD)
	for _, c := range []struct {
		order BidOrder
		want  error
	}{
		{order(borrower, l, 100), customer.ErrNotLender},
		{order(frozen, l, 100), customer.ErrFrozen},
		{order(newcomer, l, 100), customer.ErrUnverified},
		{order(unknown, l, 100), customer.ErrNotFound},
		{order(noWallet, l, 100), ledger.ErrInsufficient},
		{order(poor, l, 1050), ledger.ErrInsufficient},
		{order(walletFrozen, l, 100), ledger.ErrFrozen},
		{order(good, ListingID(f.next()), 100), ErrNotFound},
		{order(good, f.draft(1000, funding), 100), ErrNotFound},
		{order(good, f.in(Scheduled), 100), ErrClosed},
		{order(good, f.in(Cancelled), 100), ErrClosed},
		{order(good, f.in(Failed), 100), ErrClosed},
		{order(good, f.in(Funded), 100), ErrFullyFunded},
		{order(good, f.in(Closed), 100), ErrFullyFunded},
		{inDollars, ErrCurrency},
		{his(order(good, l, 100), access.Customer(int64(poor))), customer.ErrNotFound},
		{his(order(good, l, 100), ann), access.ErrForbidden},
		{his(order(good, l, 100), access.Actor{}), access.ErrForbidden},
		{his(order(good, l, 100), access.Staff(access.Compliance, "")), nil},
	} {
		held := f.wallet(good).Held
		got := f.bids(order(good, l, 100), c.order, order(good, l, 100))
		if got[0].Refusal != nil || got[2].Refusal != nil || !errors.Is(got[1].Refusal, c.want) {
			t.Errorf("%+v: %v, not %v", c.order, got[1].Refusal, c.want)
		}
		want := held + 200
		if c.want == nil {
			want += 100
		}
		if now := f.wallet(good).Held; now != want {
			t.Errorf("%+v: %d is held, not %d", c.order, now, want)
		}
		for _, r := range got {
			if r.Refusal == nil {
				if _, err := f.cancelBid(r.Bid); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	f.sound()
}

// A borrower who also lends cannot bid on what he borrows.
func ownListing(f *fair) {
	t := f.T
	both := f.lenders(1, 5000)[0]
	l := f.draft(1000, funding)
	write(f, func(ctx context.Context, tx *db.Tx) (any, error) {
		return tx.Exec(ctx, `UPDATE market_listing SET borrower_id = $1 WHERE id = $2`,
			int64(both), int64(l))
	})
	_, _ = f.prepare(l)
	_, err := f.review(l, Publish, time.Time{})
	mustState(f, l, Open, err)
	if r := f.bids(order(both, l, 100))[0]; !errors.Is(r.Refusal, ErrOwnListing) {
		t.Errorf("his own: %v", r.Refusal)
	}
	f.bid(both, f.open(1000, funding), 100)
}

// One group on two listings, with one wallet that is enough for one bid only.
func twoListingsOneWallet(f *fair) {
	t := f.T
	a, b := f.open(1000, funding), f.open(1000, funding)
	lender := f.lenders(1, 250)[0]
	got := f.bids(order(lender, b, 200), order(lender, a, 100), order(lender, b, 150))
	if got[0].Refusal != nil || !errors.Is(got[1].Refusal, ledger.ErrInsufficient) ||
		!errors.Is(got[2].Refusal, ledger.ErrInsufficient) {
		t.Errorf("%+v", got)
	}
	if f.listing(a).Funded != 0 || f.listing(b).Funded != 200 || f.wallet(lender).Held != 200 {
		t.Error("what was refused counts, or what was taken does not")
	}
	f.sound()
}

// The deadline is a business date: on it bids are taken, after it none, whether
// or not closing has been.
func bidsEndWithTheLastDay(f *fair) {
	t := f.T
	l := f.open(1000, funding)
	lender := f.lenders(1, 1000)[0]
	if got := f.listing(l).ClosesOn; got != firstDay.Days(5) {
		t.Fatalf("it closes on %s", got)
	}
	f.toDay(5)
	last := f.bid(lender, l, 100)
	f.toDay(6)
	if _, err := f.cancelBid(last); !errors.Is(err, ErrClosed) {
		t.Errorf("taken back a day late: %v", err)
	}
	if r := f.bids(order(lender, l, 100))[0]; !errors.Is(r.Refusal, ErrClosed) {
		t.Errorf("a day late: %v", r.Refusal)
	}
}

// Under pro rata bids go on above the principal, as many as there are smallest
// pieces, until the last day.
func proRataTakesMore(f *fair) {
	t := f.T
	how := funding
	how.Oversubscription = origination.ProRata
	l := f.open(350, how)
	lenders := f.lenders(4, 5000)
	for i, minor := range []int64{300, 350, 100} {
		f.bid(lenders[i], l, minor)
	}
	if now := f.listing(l); now.State != Open || now.Funded != 750 || now.Remaining() != 0 {
		t.Errorf("%s, %d of 350, %d remain", now.State, now.Funded, now.Remaining())
	}
	if r := f.bids(order(lenders[3], l, 100))[0]; !errors.Is(r.Refusal, ErrFullyFunded) {
		t.Errorf("there are three pieces of 100: %v", r.Refusal)
	}
	f.expire(5)
	f.allotted(l)
	// 100 each, and 50 left for 200, 250 and 0 beyond that: 22.2…, 27.7…, 0.
	for i, want := range []int64{122, 128, 100} {
		if w := f.wallet(lenders[i]); w.Posted != 5000-want || w.Held != 0 {
			t.Errorf("lender %d has %d and %d held, not a share of %d", i, w.Posted, w.Held, want)
		}
	}
	now := f.listing(l)
	if now.Funded != 350 || now.Allotted != 350 || now.Bids != 3 {
		t.Errorf("%+v", now)
	}
	f.mustTopics(l, TopicListingAllotted, 1)
	f.sound()
}
