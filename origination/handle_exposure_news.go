package origination

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/internal/outbox"
)

// topicLoanStepped is the news of a loan; it names its listing, not its offer.
const topicLoanStepped = "servicing.loan_stepped"

// heard are the topics of rooms further down that tell what has become of an
// accepted offer, by name because nothing here can import them, and what they
// say about it; "" leaves it to the state in the payload, or as it is.
var heard = map[string]ExposureState{
	"market.listing_published": "",
	"market.listing_refused":   ExposureCancelled,
	"market.listing_failed":    ExposureCancelled,
	"market.listing_cancelled": ExposureCancelled,
	topicLoanStepped:           "",
}

// loanStates say what the state of a loan means here.
var loanStates = map[string]ExposureState{
	"signing": ExposureFunding, "disbursing": ExposureFunding, "cancelled": ExposureCancelled,
	"active": ExposureActive, "late": ExposureLate, "default": ExposureDefault,
	"charged_off": ExposureChargedOff, "repaid": ExposureRepaid,
}

// news is one event as far as it matters here.
type news struct {
	offer       OfferID       // 0 in the news of a loan, until it is found
	listing     int64         // whose offer it is
	state       ExposureState // "" when it says nothing about it
	outstanding *int64        // nil when it says nothing about it
	daysPastDue int64
}

// HandleExposureNews keeps the exposures as market and servicing tell. The news
// of a loan whose listing has not been heard of is an error and comes again:
// events of two keys may pass each other when one is parked.
func HandleExposureNews(ctx context.Context, tx *db.Tx, events []outbox.Event) error {
	all := make([]news, len(events))
	for i, e := range events {
		var err error
		if all[i], err = readNews(e); err != nil {
			return fmt.Errorf("%s of %s: %w", e.Topic, e.Key, err)
		}
	}
	if err := findOffers(ctx, tx, all); err != nil {
		return err
	}
	offers := make([]int64, len(all))
	for i, n := range all {
		offers[i] = int64(n.offer)
	}
	exposures, err := lockedExposures(ctx, tx, offers)
	if err != nil {
		return err
	}
	for i := range all {
		x := exposures[all[i].offer]
		if x == nil {
			return fmt.Errorf("news of %s: no accepted offer is known", events[i].Key)
		}
		x.hear(&all[i])
	}
	return storeExposures(ctx, tx, slices.SortedFunc(maps.Values(exposures),
		func(a, b *Exposure) int { return cmp.Compare(a.Offer, b.Offer) }))
}

// readNews reads a payload.
func readNews(e outbox.Event) (news, error) {
	var p struct {
		Offer       string `json:"offer"`
		Listing     string `json:"listing"`
		To          string `json:"to"`
		Outstanding *int64 `json:"outstanding"`
		DaysPastDue int64  `json:"days_past_due"`
	}
	if err := json.Unmarshal([]byte(e.Payload), &p); err != nil {
		return news{}, err
	}
	n := news{state: heard[e.Topic], outstanding: p.Outstanding, daysPastDue: p.DaysPastDue}
	var err error
	if n.listing, err = id.Parse("lst", p.Listing); err != nil {
		return news{}, err
	}
	if e.Topic != topicLoanStepped {
		n.offer, err = ParseOfferID(p.Offer)
		return n, err
	}
	if n.state = loanStates[p.To]; n.state == "" {
		return news{}, fmt.Errorf("%q is no state of a loan", p.To)
	}
	return n, nil
}

// findOffers fills in the offers of loans by their listings, which were heard
// of before or are in the same group.
func findOffers(ctx context.Context, tx *db.Tx, all []news) error {
	var listings []int64
	byListing := map[int64]OfferID{}
	for _, n := range all {
		if n.offer == 0 {
			listings = append(listings, n.listing)
		} else {
			byListing[n.listing] = n.offer
		}
	}
	stored, err := loadOffersOfListings(ctx, tx, listings)
	if err != nil {
		return err
	}
	maps.Copy(byListing, stored)
	for i := range all {
		all[i].offer = byListing[all[i].listing]
	}
	return nil
}

// hear takes one piece of news in.
func (e *Exposure) hear(n *news) {
	e.listing = n.listing
	e.MostDaysPastDue = max(e.MostDaysPastDue, n.daysPastDue)
	if n.outstanding != nil && n.state != ExposureFunding { // nothing is lent yet, all is promised
		e.Outstanding = min(*n.outstanding, e.Principal.Minor())
	}
	if n.state == "" {
		return
	}
	e.State = n.state
	switch n.state {
	case ExposureLate:
		e.MostDaysPastDue = max(e.MostDaysPastDue, 1)
	case ExposureDefault, ExposureChargedOff:
		e.Defaulted = true
	case ExposureRepaid, ExposureCancelled:
		e.Outstanding = 0
	}
}
