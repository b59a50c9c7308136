package market

import (
	"context"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"openlend/customer"
	"openlend/internal/db"
	"openlend/origination"
)

// From funded to shares.
func TestAllotment(t *testing.T) {
	t.Parallel()
	eachFair(t, func(f *fair) {
		f.sub("partialFunding", partialFunding)
		f.sub("allotmentInPieces", allotmentInPieces)
		f.sub("proRataInPieces", proRataInPieces)
	})
}

// Any bids that a listing under pro rata can have: the shares sum to the
// principal, none is below the smallest piece or above its bid, equal bids differ
// by a cent at most and the earlier one has it, a larger bid never has less, and
// nobody's share is more than a cent from exact.
func TestShares(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		minBid := rapid.Int64Range(1, 1000).Draw(t, "min")
		pieces := rapid.IntRange(1, 60).Draw(t, "pieces")
		principal := minBid*int64(pieces) + rapid.Int64Range(0, minBid-1).Draw(t, "rest")
		n := rapid.IntRange(1, pieces).Draw(t, "bids")
		amounts, sum := make([]int64, n), int64(0)
		for i := range amounts {
			amounts[i] = rapid.Int64Range(minBid, principal).Draw(t, "bid")
			sum += amounts[i]
		}
		got, err := shares(principal, minBid, slices.Clone(amounts))
		if err != nil {
			t.Fatal(err)
		}
		total := int64(0)
		for i, share := range got {
			total += share
			if share < minBid || share > amounts[i] {
				t.Errorf("a share of %d for a bid of %d, smallest piece %d", share, amounts[i], minBid)
			}
			for j := range i {
				early, late := got[j], share
				switch {
				case amounts[j] == amounts[i] && early != late && early != late+1:
					t.Errorf("equal bids have %d and then %d", early, late)
				case amounts[j] > amounts[i] && early < late,
					amounts[j] < amounts[i] && early > late+1:
					t.Errorf("bids of %d and %d have %d and %d", amounts[j], amounts[i], early, late)
				}
			}
			if sum > principal {
				// (share - min) : (bid - min) as what is left : what was asked beyond.
				left, asked := principal-minBid*int64(n), sum-minBid*int64(n)
				off := (share-minBid)*asked - (amounts[i]-minBid)*left
				if off <= -asked || off >= asked {
					t.Errorf("a share of %d for %d is a cent off", share, amounts[i])
				}
			}
		}
		if want := min(sum, principal); total != want {
			t.Errorf("the shares sum to %d, not %d", total, want)
		}
	})
}

// Time priority: the first bids in committed order and nothing else; the money
// moves in pieces of 200 and is announced once.
func allotmentInPieces(f *fair) {
	t := f.T
	l := f.open(45_000, funding)
	lenders := f.lenders(451, 1000)
	orders := make([]BidOrder, len(lenders))
	for i, lender := range lenders {
		orders[i] = order(lender, l, 100)
	}
	results := f.bids(orders...)
	if results[450].Refusal == nil {
		t.Error("the 451st bid of 100 on 45,000 was taken")
	}
	mustState(f, l, Funded, nil)
	f.allotted(l)
	if got := f.states(l); got != "450 allotted" {
		t.Error(got)
	}
	f.mustTopics(l, TopicListingAllotted, 1)
	var after BidID
	var seen []customer.ID
	for {
		page := read(f, func(ctx context.Context, tx *db.Tx) ([]Bid, error) {
			return AllottedBids(ctx, tx, l, after, 200)
		})
		if len(page) == 0 {
			break
		}
		for _, b := range page {
			after, seen = b.ID, append(seen, b.Lender)
			if b.Allotted != 100 {
				t.Errorf("bid %s has %d", b.ID, b.Allotted)
			}
		}
	}
	if !slices.Equal(seen, lenders[:450]) {
		t.Error("the shares are not those of the first bids in their order")
	}
	f.sound()
	if err := f.closeListing(l); err != nil {
		t.Fatal(err)
	}
	f.mustTopics(l, TopicListingClosed, 1)
	f.sound()
}

// Partial funding, only where the product says so.
func partialFunding(f *fair) {
	t := f.T
	partial := funding
	partial.MinFunded = 700_000_000
	for _, c := range []struct {
		how   origination.Funding
		minor int64
		want  State
	}{
		{partial, 700, Funded}, {partial, 650, Failed}, {funding, 950, Failed},
	} {
		l := f.open(1000, c.how)
		lender := f.lenders(1, 1000)[0]
		f.bid(lender, l, c.minor)
		if n := f.expire(4); n != 0 {
			t.Errorf("%d listings closed a day early", n)
		}
		if n := f.expire(5); n != 1 {
			t.Errorf("%d listings closed", n)
		}
		mustState(f, l, c.want, nil)
		f.runSagas()
		if c.want == Failed {
			if w := f.wallet(lender); w.Held != 0 || f.states(l) != "1 released" {
				t.Errorf("%d is still held, %s", w.Held, f.states(l))
			}
			continue
		}
		f.allotted(l)
		if now := f.listing(l); now.Allotted != c.minor || now.Principal.Minor() != 1000 {
			t.Errorf("%+v", now)
		}
	}
	f.sound()
}

// Over-subscribed in pieces: the shares are the same whether the saga runs
// through or is asked again after each piece.
func proRataInPieces(f *fair) {
	t := f.T
	how := funding
	how.Oversubscription = origination.ProRata
	l := f.open(50_033, how)
	lenders := f.lenders(450, 5000)
	orders := make([]BidOrder, len(lenders))
	amounts := make([]int64, len(lenders))
	for i, lender := range lenders {
		amounts[i] = 100 + 50*int64(i%7)
		orders[i] = order(lender, l, amounts[i])
	}
	for i, r := range f.bids(orders...) {
		if r.Refusal != nil {
			t.Fatal(i, r.Refusal)
		}
	}
	f.expire(5)
	f.allotted(l)
	want, err := shares(50_033, 100, amounts)
	if err != nil {
		t.Fatal(err)
	}
	for i, w := range f.wallets(lenders) {
		if w.Posted != 5000-want[i] || w.Held != 0 {
			t.Fatalf("lender %d: %d posted, %d held, a share of %d", i, w.Posted, w.Held, want[i])
		}
	}
	if now := f.listing(l); now.Funded != 50_033 || now.Allotted != 50_033 {
		t.Errorf("%+v", now)
	}
	f.sound()
}
