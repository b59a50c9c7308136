package market

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"openlend/access"
	"openlend/internal/db"
)

// What is shown to whom.
func TestLists(t *testing.T) {
	t.Parallel()
	eachFair(t, func(f *fair) {
		f.sub("searchIsRefused", searchIsRefused)
		f.sub("listBids", listBids)
	})
}

func (f *fair) search(actor access.Actor, q Search) []Listing {
	f.Helper()
	return read(f, func(ctx context.Context, tx *db.Tx) ([]Listing, error) {
		return SearchListings(ctx, tx, actor, q)
	})
}

// market of six listings with different rates, amounts, grades and terms; the
// fifth is a draft.
func (f *fair) six() []ListingID {
	f.Helper()
	var all []ListingID
	for i, c := range []struct {
		principal, rate int64
		grade           string
		instalments     int
		days            int
	}{
		{1000, 50, "A", 12, 5}, {3000, 70, "B", 36, 3}, {2000, 70, "C", 24, 9},
		{3000, 90, "B", 60, 5}, {9000, 99, "A", 12, 5}, {4000, 60, "A", 36, 5},
	} {
		how := funding
		how.OpenDays = c.days
		l := f.draft(c.principal, how)
		write(f, func(ctx context.Context, tx *db.Tx) (any, error) {
			return tx.Exec(ctx, `UPDATE market_listing SET rate = $1, grade = $2, instalments = $3
				WHERE id = $4`, c.rate*1_000_000, c.grade, c.instalments, int64(l))
		})
		if i != 4 {
			if _, err := f.prepare(l); err != nil {
				f.Fatal(err)
			}
			if _, err := f.review(l, Publish, f.listing(l).OpensAt); err != nil {
				f.Fatal(err)
			}
		}
		all = append(all, l)
	}
	f.bid(f.lenders(1, 10_000)[0], all[5], 3500)
	return all
}

// Filters and orders, page by page of every size: the same rows in the same
// order, none twice.
func TestSearchListings(t *testing.T) {
	t.Parallel()
	lender := access.Customer(12)
	eachFair(t, func(f *fair) {
		six := f.six()
		for _, c := range []struct {
			actor access.Actor
			q     Search
			want  []int
		}{
			{lender, Search{}, []int{5, 3, 2, 1, 0}},
			{eve, Search{}, []int{5, 4, 3, 2, 1, 0}},
			{eve, Search{States: []State{Draft}}, []int{4}},
			{access.Customer(int64(borrower)), Search{Borrower: borrower}, []int{5, 4, 3, 2, 1, 0}},
			{lender, Search{States: []State{Funded, Failed}}, nil},
			{lender, Search{Grades: []string{"B"}}, []int{3, 1}},
			{lender, Search{Grades: []string{"B", "C", "X"}}, []int{3, 2, 1}},
			{lender, Search{MinRate: 60_000_000, MaxRate: 70_000_000}, []int{5, 2, 1}},
			{lender, Search{MinInstalments: 24, MaxInstalments: 36}, []int{5, 2, 1}},
			{lender, Search{MinPrincipal: 2000, MaxPrincipal: 3000, Currency: "EUR"}, []int{3, 2, 1}},
			{lender, Search{MinRemaining: 1000, Currency: "EUR"}, []int{3, 2, 1, 0}},
			{lender, Search{Currency: "USD"}, nil},
			{lender, Search{Product: "test"}, []int{5, 3, 2, 1, 0}},
			{lender, Search{Product: "other"}, nil},
			{lender, Search{Sort: Rate}, []int{3, 2, 1, 5, 0}},
			{lender, Search{Sort: Closing}, []int{1, 5, 3, 0, 2}},
			{eve, Search{Sort: Closing}, []int{1, 5, 3, 0, 2, 4}},
			{lender, Search{Sort: Amount, Currency: "EUR"}, []int{5, 3, 1, 2, 0}},
			{lender, Search{Sort: Remaining, Currency: "EUR"}, []int{5, 0, 2, 3, 1}},
		} {
			for _, size := range []int{1, 2, 200} {
				var got []int
				q := c.q
				q.Limit = size
				for page := range 10 {
					found := f.search(c.actor, q)
					for _, l := range found {
						got, q.After = append(got, slices.Index(six, l.ID)), l.ID
					}
					if len(found) < size || page == 9 {
						break
					}
				}
				if !slices.Equal(got, c.want) {
					t.Errorf("%+v in pages of %d: %v, not %v", c.q, size, got, c.want)
				}
			}
		}
	})
}

// What cannot be searched for, and what lenders are not shown.
func searchIsRefused(f *fair) {
	t := f.T
	lender := access.Customer(12)
	l := f.in(Open)
	hidden := f.in(InReview)
	for _, q := range []Search{
		{Sort: "price"}, {States: []State{"gone"}}, {States: []State{Draft}}, {Borrower: borrower},
		{MinPrincipal: 5}, {MaxPrincipal: 5}, {MinRemaining: 5}, {Sort: Amount}, {Sort: Remaining},
		{Limit: 201}, {Limit: -1}, {States: make([]State, 5)}, {Grades: make([]string, 9)},
	} {
		_, err := try(f, func(ctx context.Context, tx *db.Tx) ([]Listing, error) {
			return SearchListings(ctx, tx, lender, q)
		})
		if !errors.Is(err, ErrQuery) {
			t.Errorf("%+v: %v", q, err)
		}
	}
	view := func(actor access.Actor, l ListingID) (Listing, error) {
		return try(f, func(ctx context.Context, tx *db.Tx) (Listing, error) {
			return ViewListing(ctx, tx, actor, l)
		})
	}
	seen, err := view(lender, l)
	if err != nil || seen.Borrower != 0 || seen.Maker+seen.Checker != "" || seen.Title == "" {
		t.Errorf("a lender sees %+v, %v", seen, err)
	}
	for _, actor := range []access.Actor{eve, access.Customer(int64(borrower))} {
		seen, err := view(actor, hidden)
		if err != nil || seen.Borrower != borrower || seen.Maker != ann.Principal() {
			t.Errorf("%s sees %+v, %v", actor.Principal(), seen, err)
		}
	}
	if _, err := view(lender, hidden); !errors.Is(err, ErrNotFound) {
		t.Errorf("a lender sees what is not published: %v", err)
	}
	if found := f.search(lender, Search{}); len(found) != 1 || found[0].Borrower != 0 {
		t.Errorf("a lender finds %+v", found)
	}
}

// A lender's bids and a listing's, in pages; nobody sees another's.
func listBids(f *fair) {
	t := f.T
	a, b := f.open(10_000, funding), f.open(10_000, funding)
	two := f.lenders(2, 10_000)
	on := []ListingID{a, b, a, b, a, a}
	placed := make([]Bid, len(on))
	for i, l := range on {
		placed[i] = f.bid(two[i/5], l, 100)
	}
	if _, err := f.cancelBid(placed[2]); err != nil {
		t.Fatal(err)
	}
	self, other := access.Customer(int64(two[0])), access.Customer(int64(two[1]))
	for _, c := range []struct {
		actor access.Actor
		q     BidQuery
		want  []int
	}{
		{self, BidQuery{Lender: two[0]}, []int{3, 1, 4, 2, 0}},
		{self, BidQuery{Lender: two[0], Listing: a}, []int{4, 2, 0}},
		{self, BidQuery{Lender: two[0], State: BidHeld}, []int{3, 1, 4, 0}},
		{eve, BidQuery{Listing: a}, []int{5, 4, 2, 0}},
		{eve, BidQuery{Listing: a, State: BidCancelled}, []int{2}},
		{other, BidQuery{Lender: two[1]}, []int{5}},
	} {
		for _, size := range []int{1, 2, 50} {
			var got []int
			q := c.q
			q.Limit = size
			for range 10 {
				found := read(f, func(ctx context.Context, tx *db.Tx) ([]Bid, error) {
					return ListBids(ctx, tx, c.actor, q)
				})
				for _, b := range found {
					i := slices.IndexFunc(placed, func(p Bid) bool { return p.ID == b.ID })
					got, q.After = append(got, i), b.ID
				}
				if len(found) < size {
					break
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%+v in pages of %d: %v, not %v", c.q, size, got, c.want)
			}
		}
	}
	for _, c := range []struct {
		actor access.Actor
		q     BidQuery
		want  error
	}{
		{other, BidQuery{Lender: two[0]}, ErrBidNotFound},
		{other, BidQuery{Listing: a}, access.ErrForbidden},
		{self, BidQuery{}, ErrQuery}, {self, BidQuery{Lender: two[0], State: "gone"}, ErrQuery},
		{self, BidQuery{Lender: two[0], Limit: 201}, ErrQuery},
		{self, BidQuery{Lender: two[0], After: 5}, ErrBidNotFound},
	} {
		_, err := try(f, func(ctx context.Context, tx *db.Tx) ([]Bid, error) {
			return ListBids(ctx, tx, c.actor, c.q)
		})
		if !errors.Is(err, c.want) {
			t.Errorf("%+v: %v, not %v", c.q, err, c.want)
		}
	}
	get := func(actor access.Actor) error {
		return errorOf(try(f, func(ctx context.Context, tx *db.Tx) (Bid, error) {
			return GetBid(ctx, tx, actor, placed[0].ID)
		}))
	}
	err := errors.Join(get(self), get(eve))
	if err != nil || !errors.Is(get(other), ErrBidNotFound) {
		t.Error(err, get(other))
	}
}

func TestTextForms(t *testing.T) {
	t.Parallel()
	l, b := ListingID(123456789), BidID(987654321)
	gotL, errL := ParseListingID(l.String())
	gotB, errB := ParseBidID(b.String())
	if gotL != l || gotB != b || errL != nil || errB != nil {
		t.Errorf("%v %v %v %v", gotL, gotB, errL, errB)
	}
	var told news
	told.listing(TopicListingFunded, &Listing{ID: l, Offer: 5, Funded: 7})
	told.bid(TopicBidPlaced, &Listing{ID: l, Funded: 8}, b)
	listing, err := ParseListingEvent(told[0].Payload)
	if err != nil || listing != (ListingEvent{l, 5, 7}) {
		t.Errorf("%+v %v", listing, err)
	}
	bid, err := ParseBidEvent(told[1].Payload)
	if err != nil || bid != (BidEvent{l, b, 8}) {
		t.Errorf("%+v %v", bid, err)
	}
	for _, bad := range []string{"", "{}", `{"listing":"lst_1"}`, fmt.Sprintf(`{"listing":%q}`, l)} {
		_, errL := ParseListingEvent(bad)
		_, errB := ParseBidEvent(bad)
		if errL == nil || errB == nil {
			t.Errorf("%s was read", bad)
		}
	}
}
