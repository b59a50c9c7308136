package market

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"openlend/access"
	"openlend/internal/db"
	"openlend/internal/outbox"
	"openlend/loan"
	"openlend/money"
	"openlend/origination"
)

// From offer to publication.
func TestListings(t *testing.T) {
	t.Parallel()
	eachFair(t, func(f *fair) {
		f.sub("handleOfferAccepted", handleOfferAccepted)
		f.sub("fourEyes", fourEyes)
		f.sub("permissions", permissions)
		f.sub("words", words)
		f.sub("serveOpening", serveOpening)
		f.sub("openScheduled", openScheduled)
	})
}

// accepted is an offer of the built-in product that its borrower has accepted,
// with the events of that.
func (f *fair) accepted() (origination.Offer, []outbox.Event) {
	f.Helper()
	self := access.Customer(int64(borrower))
	offer := write(f, func(ctx context.Context, tx *db.Tx) (origination.Offer, error) {
		if err := origination.InstallStandard(ctx, tx, f.ids, firstDay); err != nil {
			return origination.Offer{}, err
		}
		a, err := origination.CreateApplication(ctx, tx, f.ids, self, origination.NewApplication{
			Borrower: borrower, Product: origination.StandardCode(money.EUR),
			Request: origination.Request{
				Principal: eur(1_000_000), Purpose: "home_improvement",
				Method: loan.EqualInstalments, Instalments: 36, Facts: origination.Facts{
					Income: 10_000_000, Housing: origination.HousingOwn,
					Work: origination.WorkEmployed, WorkMonths: 60}}})
		if err != nil {
			return origination.Offer{}, err
		}
		if _, err := origination.SubmitApplication(ctx, tx, f.ids, self, a.ID); err != nil {
			return origination.Offer{}, err
		}
		offers, err := origination.OffersOf(ctx, tx, a.ID)
		if err != nil || len(offers) != 1 {
			return origination.Offer{}, errors.Join(err, errors.New("no offer"))
		}
		return origination.AcceptOffer(ctx, tx, f.ids, self, offers[0].ID)
	})
	return offer, read(f, func(ctx context.Context, tx *db.Tx) ([]outbox.Event, error) {
		return db.Many(ctx, tx, func(s db.Scanner) (e outbox.Event, err error) {
			err = s.Scan(&e.ID, &e.Topic, &e.Key, &e.Payload)
			return e, err
		}, `SELECT id, topic, key, payload FROM outbox WHERE topic = $1`, origination.TopicOfferAccepted)
	})
}

// An accepted offer becomes one listing with its terms and the product's rules,
// however often it is heard of.
func handleOfferAccepted(f *fair) {
	t := f.T
	offer, events := f.accepted()
	if len(events) != 1 {
		t.Fatalf("%d events", len(events))
	}
	for range 2 {
		write(f, func(ctx context.Context, tx *db.Tx) (any, error) {
			return nil, HandleOfferAccepted(f.ids)(ctx, tx, slices.Concat(events, events))
		})
	}
	found := f.search(eve, Search{})
	if len(found) != 1 {
		t.Fatalf("%d listings", len(found))
	}
	l := found[0]
	if l.State != Draft || l.Offer != offer.ID || l.Borrower != borrower ||
		l.Principal != offer.Principal || l.Rate != offer.Rate || l.APR != offer.APR ||
		l.Instalments != offer.Instalments || l.Method != offer.Method || l.Grade != offer.Grade ||
		l.Purpose != offer.Purpose || l.Product != offer.Product ||
		l.ProductVersion != offer.ProductVersion {
		t.Errorf("%+v of %+v", l, offer)
	}
	p := read(f, func(ctx context.Context, tx *db.Tx) (*origination.Product, error) {
		return origination.GetProduct(ctx, tx, l.Product, l.ProductVersion)
	})
	if l.MinBid != p.Funding.MinBid || l.BidStep != p.Funding.BidStep ||
		l.OpenDays != p.Funding.OpenDays || l.Policy != p.Funding.Oversubscription {
		t.Errorf("%+v of %+v", l, p.Funding)
	}
}

// Limits of a product become those of a listing, rounded in favour of its
// promise: a share downwards, what must be funded upwards.
func TestOfferOn(t *testing.T) {
	t.Parallel()
	third, almost := money.Rate(333_333_333), money.Rate(700_000_001)
	for _, c := range []struct {
		maxBid       int64
		share, least money.Rate
		minPrincipal int64
		most, target int64
	}{
		{0, money.One, money.One, 0, 1000, 1000},
		{250, money.One, money.One, 0, 250, 1000},
		{0, third, money.One, 0, 333, 1000},
		{250, third, almost, 0, 250, 701},
		{400, third, almost, 800, 333, 800},
		{0, 1, 0, 0, 1, 1},
		{5000, money.One, money.One, 5000, 1000, 1000},
	} {
		how := funding
		how.MaxBid, how.MaxShare, how.MinFunded = c.maxBid, c.share, c.least
		l := Listing{Principal: eur(1000)}
		if err := l.offerOn(&how, c.minPrincipal); err != nil {
			t.Fatal(err)
		}
		if l.MaxBid != c.most || l.MinFunded != c.target {
			t.Errorf("%+v: at most %d of one, at least %d", c, l.MaxBid, l.MinFunded)
		}
	}
}

// Nobody decides on his own work, whatever role he is in at the time, and the
// database holds it too.
func fourEyes(f *fair) {
	t := f.T
	annReviews := access.Staff(access.Reviewer, "Ann")
	catReviews := access.Staff(access.Reviewer, "cat")
	l := f.in(InReview)
	before := f.everything()
	_, err := try(f, func(ctx context.Context, tx *db.Tx) (Listing, error) {
		return ReviewListing(ctx, tx, f.ids, annReviews, Review{Listing: l, Decision: Publish})
	})
	if !errors.Is(err, access.ErrFourEyes) || f.everything() != before {
		t.Errorf("ann published her own: %v", err)
	}
	l = f.in(InFinalReview)
	for _, checker := range []access.Actor{annReviews, catReviews} {
		before := f.everything()
		_, err := try(f, func(ctx context.Context, tx *db.Tx) (Listing, error) {
			return ReviewFunding(ctx, tx, f.ids, checker, FundingReview{l, Approve, ""})
		})
		if !errors.Is(err, access.ErrFourEyes) || f.everything() != before {
			t.Errorf("%s released: %v", checker.Name, err)
		}
	}
	for _, text := range []string{
		`UPDATE market_listing SET checker = maker WHERE id = $1`,
		`UPDATE market_listing SET releaser = submitter WHERE id = $1`,
		`UPDATE market_listing SET releaser = maker WHERE id = $1`,
		`INSERT INTO market_review (id, listing_id, subject, decision, maker, checker, why,
				reviewed_at) VALUES ($1, 1, 'funding', 'approve', 'staff:ann', 'staff:ann', '', 0)`,
	} {
		_, err := try(f, func(ctx context.Context, tx *db.Tx) (int64, error) {
			return tx.Exec(ctx, text, int64(l))
		})
		if !db.IsCheck(err) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// Each act needs its permission, and who lacks it changes nothing.
func permissions(f *fair) {
	t := f.T
	lender := access.Customer(12)
	l, b := ListingID(f.next()), BidID(f.next())
	for name, act := range map[string]func(context.Context, *db.Tx, access.Actor) error{
		"prepare": func(ctx context.Context, tx *db.Tx, a access.Actor) error {
			return errorOf(PrepareListing(ctx, tx, a, Preparation{l, "A car", "A used car."}))
		},
		"review": func(ctx context.Context, tx *db.Tx, a access.Actor) error {
			return errorOf(ReviewListing(ctx, tx, f.ids, a, Review{Listing: l, Decision: Publish}))
		},
		"submit": func(ctx context.Context, tx *db.Tx, a access.Actor) error {
			return errorOf(SubmitFunding(ctx, tx, a, l))
		},
		"release": func(ctx context.Context, tx *db.Tx, a access.Actor) error {
			return errorOf(ReviewFunding(ctx, tx, f.ids, a, FundingReview{l, Approve, ""}))
		},
		"cancel": func(ctx context.Context, tx *db.Tx, a access.Actor) error {
			return errorOf(CancelListing(ctx, tx, f.ids, a, l, "because"))
		},
		"bids of all": func(ctx context.Context, tx *db.Tx, a access.Actor) error {
			return errorOf(ListBids(ctx, tx, a, BidQuery{Listing: l}))
		},
		"cancel bid": func(ctx context.Context, tx *db.Tx, a access.Actor) error {
			return errorOf(CancelBid(ctx, tx, f.ids, a, b))
		},
	} {
		for _, actor := range []access.Actor{{}, lender, eve} {
			_, err := try(f, func(ctx context.Context, tx *db.Tx) (any, error) {
				return nil, act(ctx, tx, actor)
			})
			want := access.ErrForbidden
			switch {
			case name == "cancel bid":
				want = ErrBidNotFound
			case name == "bids of all" && actor == eve:
				want = nil
			}
			if want == nil && err != nil || want != nil && !errors.Is(err, want) {
				t.Errorf("%s by %q: %v", name, actor.Principal(), err)
			}
		}
	}
}

// What cannot be said of a listing.
func words(f *fair) {
	t := f.T
	l := f.draft(1000, funding)
	for _, c := range []struct {
		title, description string
		want               error
	}{
		{"", "A used car.", ErrTitle}, {" ", "A used car.", ErrTitle},
		{strings.Repeat("车", 121), "A used car.", ErrTitle}, {"A\ncar", "A used car.", ErrTitle},
		{"A\x00car", "A used car.", ErrTitle}, {"A \xff", "A used car.", ErrTitle},
		{"A car", "", ErrDescription}, {"A car", strings.Repeat("a", 4001), ErrDescription},
		{strings.Repeat("车", 120), "For work.\nUsed.", nil},
	} {
		_, err := try(f, func(ctx context.Context, tx *db.Tx) (Listing, error) {
			return PrepareListing(ctx, tx, ann, Preparation{l, c.title, c.description})
		})
		if c.want == nil && err != nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%q, %q: %v", c.title, c.description, err)
		}
	}
	now := f.clock.Now()
	for _, c := range []struct {
		review Review
		want   error
	}{
		{Review{Decision: Approve}, ErrDecision}, {Review{}, ErrDecision},
		{Review{Decision: Return}, ErrWhy}, {Review{Decision: Refuse, Why: " "}, ErrWhy},
		{Review{Decision: Publish, OpensAt: now.Add(-time.Second)}, ErrOpensAt},
		{Review{Decision: Publish, OpensAt: now.Add(400 * 24 * time.Hour)}, ErrOpensAt},
		{Review{Decision: Return, Why: "no", OpensAt: now.Add(time.Hour)}, ErrOpensAt},
	} {
		c.review.Listing = l
		_, err := try(f, func(ctx context.Context, tx *db.Tx) (Listing, error) {
			return ReviewListing(ctx, tx, f.ids, bob, c.review)
		})
		if !errors.Is(err, c.want) {
			t.Errorf("%+v: %v", c.review, err)
		}
	}
	if got := f.listing(l); got.State != InReview || got.Description != "For work.\nUsed." {
		t.Errorf("%+v", got)
	}
}

// A scheduled listing opens when its time has come, not before, and has its days
// from then.
func openScheduled(f *fair) {
	t := f.T
	l := f.in(InReview)
	at := f.clock.Now().Add(time.Hour)
	_, err := f.review(l, Publish, at)
	mustState(f, l, Scheduled, err)
	f.toDay(1)
	for i, wait := range []time.Duration{time.Hour - time.Microsecond, time.Microsecond, 0} {
		f.clock.Advance(wait)
		n := write(f, func(ctx context.Context, tx *db.Tx) (int, error) {
			return OpenScheduled(ctx, tx, f.ids)
		})
		if want := []int{0, 1, 0}[i]; n != want {
			t.Errorf("%d opened, not %d", n, want)
		}
	}
	if now := f.listing(l); now.State != Open || now.ClosesOn != firstDay.Days(6) ||
		!now.OpensAt.Equal(at) {
		t.Errorf("%+v", now)
	}
	f.mustTopics(l, TopicListingPublished, 1)
	f.mustTopics(l, TopicListingOpened, 1)
}

// The time for second thoughts ends to the microsecond.
func cancelWindow(f *fair) {
	t := f.T
	none := funding
	none.CancelMinutes = 0
	lender := f.lenders(1, 1000)[0]
	l := f.open(1000, funding)
	first, second := f.bid(lender, l, 100), f.bid(lender, l, 150)
	f.clock.Advance(10*time.Minute - time.Microsecond)
	if _, err := f.cancelBid(first); err != nil {
		t.Error(err)
	}
	f.clock.Advance(time.Microsecond)
	if _, err := f.cancelBid(second); !errors.Is(err, ErrBidBinding) {
		t.Error(err)
	}
	never := f.bid(lender, f.open(1000, none), 100)
	if _, err := f.cancelBid(never); !errors.Is(err, ErrBidBinding) {
		t.Error(err)
	}
	if now := f.listing(l); now.Funded != 150 || now.Bids != 1 {
		t.Errorf("%+v", now)
	}
	f.mustTopics(l, TopicBidCancelled, 1)
	f.sound()
}
