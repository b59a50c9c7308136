package origination

import (
	"context"
	"encoding/json"

	"openlend/customer"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/internal/outbox"
)

// What this room announces. The key of an event is its application, so that
// what happens to one application is heard in order.
const (
	TopicApplicationSubmitted = "origination.application_submitted" // ApplicationEvent
	TopicApplicationDecided   = "origination.application_decided"   // ApplicationEvent
	TopicApplicationWithdrawn = "origination.application_withdrawn" // ApplicationEvent
	TopicOfferMade            = "origination.offer_made"            // OfferEvent
	TopicOfferAccepted        = "origination.offer_accepted"        // OfferEvent
	TopicOfferDeclined        = "origination.offer_declined"        // OfferEvent
	TopicOfferExpired         = "origination.offer_expired"         // OfferEvent
	TopicOfferWithdrawn       = "origination.offer_withdrawn"       // OfferEvent
	TopicProductApproved      = "origination.product_approved"      // ProductEvent
)

// ApplicationEvent tells of an application and where it stands now.
type ApplicationEvent struct {
	Application ApplicationID
	Borrower    customer.ID
	State       ApplicationState
}

// OfferEvent tells of an offer.
type OfferEvent struct {
	Offer       OfferID
	Application ApplicationID
	Borrower    customer.ID
}

// ProductEvent tells of a product version.
type ProductEvent struct {
	Code    string `json:"code"`
	Version int64  `json:"version"`
}

// The payloads.
type (
	applicationPayload struct {
		Application string           `json:"application"`
		Borrower    string           `json:"borrower"`
		State       ApplicationState `json:"state"`
	}
	offerPayload struct {
		Offer       string `json:"offer"`
		Application string `json:"application"`
		Borrower    string `json:"borrower"`
	}
)

// ParseOfferEvent reads the payload of an offer's event. An error is a fault of
// the writer.
func ParseOfferEvent(payload string) (OfferEvent, error) {
	var p offerPayload
	if err := json.Unmarshal([]byte(payload), &p); err != nil {
		return OfferEvent{}, err
	}
	offer, err := ParseOfferID(p.Offer)
	if err != nil {
		return OfferEvent{}, err
	}
	application, err := ParseApplicationID(p.Application)
	if err != nil {
		return OfferEvent{}, err
	}
	borrower, err := customer.ParseID(p.Borrower)
	return OfferEvent{offer, application, borrower}, err
}

// ParseApplicationEvent reads the payload of an application's event. An error
// is a fault of the writer.
func ParseApplicationEvent(payload string) (ApplicationEvent, error) {
	var p applicationPayload
	if err := json.Unmarshal([]byte(payload), &p); err != nil {
		return ApplicationEvent{}, err
	}
	application, err := ParseApplicationID(p.Application)
	if err != nil {
		return ApplicationEvent{}, err
	}
	borrower, err := customer.ParseID(p.Borrower)
	return ApplicationEvent{application, borrower, p.State}, err
}

func announceApplication(
	ctx context.Context, tx *db.Tx, ids *id.Source, topic string, a *Application,
) error {
	return announce(ctx, tx, ids, topic, a.ID.String(), applicationPayload{
		a.ID.String(), a.Borrower.String(), a.State,
	})
}

func announceOffer(
	ctx context.Context, tx *db.Tx, ids *id.Source, topic string, o *Offer,
) error {
	return announce(ctx, tx, ids, topic, o.Application.String(), payloadOf(o))
}

func payloadOf(o *Offer) offerPayload {
	return offerPayload{o.ID.String(), o.Application.String(), o.Borrower.String()}
}

func announce(
	ctx context.Context, tx *db.Tx, ids *id.Source, topic, key string, payload any,
) error {
	text, err := json.Marshal(payload)
	if err != nil {
		return err
	}
	n, err := ids.Next()
	if err != nil {
		return err
	}
	return outbox.Write(ctx, tx, outbox.Event{ID: n, Topic: topic, Key: key, Payload: string(text)})
}
