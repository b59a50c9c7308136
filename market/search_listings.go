package market

import (
	"context"

	"openlend/access"
	"openlend/customer"
	"openlend/internal/db"
	"openlend/money"
)

// Sort is an order of listings. Ties go to the newer listing.
type Sort string

// The orders.
const (
	Newest    Sort = "newest"    // published or not, by age
	Closing   Sort = "closing"   // by ClosesOn, the soonest first; what is not open comes last
	Rate      Sort = "rate"      // the highest first
	Amount    Sort = "amount"    // the largest principal first
	Remaining Sort = "remaining" // the least that remains first
)

// Search asks for listings. Zero values do not filter; amounts are minor units
// and want a currency.
type Search struct {
	States         []State  // at most 4; none: those that can be bid on, staff: all
	Grades         []string // at most 8
	Currency       money.Currency
	Product        string
	Borrower       customer.ID // his own, for himself and staff
	MinRate        money.Rate
	MaxRate        money.Rate
	MinInstalments int
	MaxInstalments int
	MinPrincipal   int64
	MaxPrincipal   int64
	MinRemaining   int64
	Sort           Sort      // "": Newest
	After          ListingID // the last one of the page before, 0 at first
	Limit          int       // 1 to 200; 0: 50
}

// SearchListings finds listings as the actor may see them; see ViewListing. A
// page goes on after a listing as it is now: one whose place has changed (more
// was bid on it) continues from its new place. Refusals: ErrQuery, ErrNotFound.
func SearchListings(
	ctx context.Context, tx *db.Tx, actor access.Actor, q Search,
) ([]Listing, error) {
	if err := q.check(actor); err != nil {
		return nil, err
	}
	limit, err := pageLimit(q.Limit)
	if err != nil {
		return nil, err
	}
	var after *Listing
	if q.After != 0 {
		if after, err = loadListing(ctx, tx, q.After); err != nil {
			return nil, err
		}
	}
	found, err := searchListings(ctx, tx, q, after, limit)
	shown := make([]Listing, len(found))
	for i, l := range found {
		shown[i] = l.seenBy(actor)
	}
	return shown, err
}

// check refuses what cannot be searched for, and fills in which states the actor
// looks at.
func (q *Search) check(actor access.Actor) error {
	if q.Sort == "" {
		q.Sort = Newest
	}
	if _, ok := searches[q.Sort]; !ok {
		return ErrQuery.With("there is no such order").In("sort")
	}
	all := actor.May(access.ReadAll) || q.Borrower != 0 && actor.Is(int64(q.Borrower))
	if q.Borrower != 0 && !all {
		return ErrQuery.With("borrowers cannot be searched for").In("borrower")
	}
	if len(q.States) == 0 && !all {
		q.States = []State{Open}
	}
	for _, s := range q.States {
		if steps[s] == nil || !all && !s.Published() {
			return ErrQuery.With("listings cannot be searched for that are %q", s).In("state")
		}
	}
	if len(q.States) > searchStates || len(q.Grades) > searchGrades {
		return ErrQuery.With("at most %d states and %d grades", searchStates, searchGrades)
	}
	amounts := q.MinPrincipal != 0 || q.MaxPrincipal != 0 || q.MinRemaining != 0 ||
		q.Sort == Amount || q.Sort == Remaining
	if amounts && q.Currency == "" {
		return ErrQuery.With("amounts are compared in one currency: name it").In("currency")
	}
	return nil
}
