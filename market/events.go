package market

import (
	"context"
	"encoding/json"

	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/internal/outbox"
	"openlend/origination"
)

// What this room announces. The key of an event is its listing, so that what
// happens to one listing is heard in order.
const (
	TopicListingPublished = "market.listing_published" // ListingEvent
	TopicListingOpened    = "market.listing_opened"    // ListingEvent
	TopicListingRefused   = "market.listing_refused"   // ListingEvent
	TopicListingFunded    = "market.listing_funded"    // ListingEvent
	TopicListingAllotted  = "market.listing_allotted"  // ListingEvent: all of it lies in escrow
	TopicListingClosed    = "market.listing_closed"    // ListingEvent
	TopicListingFailed    = "market.listing_failed"    // ListingEvent
	TopicListingCancelled = "market.listing_cancelled" // ListingEvent
	TopicBidPlaced        = "market.bid_placed"        // BidEvent
	TopicBidCancelled     = "market.bid_cancelled"     // BidEvent
	TopicBidReleased      = "market.bid_released"      // BidEvent
)

// ListingEvent tells of a listing.
type ListingEvent struct {
	Listing ListingID
	Offer   origination.OfferID
	Funded  int64 // minor units, at the time of the event
}

// BidEvent tells of a bid.
type BidEvent struct {
	Listing ListingID
	Bid     BidID
	Funded  int64 // of the listing after it, minor units
}

// The payloads.
type (
	listingPayload struct {
		Listing string `json:"listing"`
		Offer   string `json:"offer"`
		Funded  int64  `json:"funded"`
	}
	bidPayload struct {
		Listing string `json:"listing"`
		Bid     string `json:"bid"`
		Funded  int64  `json:"funded"`
	}
)

// ParseListingEvent reads the payload of a listing's event. An error is a fault
// of the writer.
func ParseListingEvent(payload string) (e ListingEvent, err error) {
	var p listingPayload
	if err = json.Unmarshal([]byte(payload), &p); err != nil {
		return e, err
	}
	e.Funded = p.Funded
	if e.Listing, err = ParseListingID(p.Listing); err != nil {
		return e, err
	}
	e.Offer, err = origination.ParseOfferID(p.Offer)
	return e, err
}

// ParseBidEvent reads the payload of a bid's event. An error is a fault of the
// writer.
func ParseBidEvent(payload string) (e BidEvent, err error) {
	var p bidPayload
	if err = json.Unmarshal([]byte(payload), &p); err != nil {
		return e, err
	}
	e.Funded = p.Funded
	if e.Listing, err = ParseListingID(p.Listing); err != nil {
		return e, err
	}
	e.Bid, err = ParseBidID(p.Bid)
	return e, err
}

// news are the events of one transaction in their order; they get their ids when
// they are written.
type news []outbox.Event

func (n *news) listing(topic string, l *Listing) {
	n.add(topic, l.ID, listingPayload{l.ID.String(), l.Offer.String(), l.Funded})
}

func (n *news) bid(topic string, l *Listing, b BidID) {
	n.add(topic, l.ID, bidPayload{l.ID.String(), b.String(), l.Funded})
}

func (n *news) add(topic string, l ListingID, payload any) {
	text, err := json.Marshal(payload)
	if err != nil {
		panic(err) // structs of texts and numbers always encode
	}
	*n = append(*n, outbox.Event{Topic: topic, Key: l.String(), Payload: string(text)})
}

// announce writes the news in their order.
func (n *news) announce(ctx context.Context, tx *db.Tx, ids *id.Source) (err error) {
	for i := range *n {
		if (*n)[i].ID, err = ids.Next(); err != nil {
			return err
		}
	}
	return outbox.WriteMany(ctx, tx, *n)
}
