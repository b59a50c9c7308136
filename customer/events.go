package customer

import (
	"context"
	"encoding/json"

	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/internal/outbox"
)

// What this room announces. Payloads are an Event and the key is the customer's
// id, so that his events come in their order; TopicTermsPublished has a TermsEvent
// and the terms' id. None carries personal data.
const (
	TopicRegistered          = "customer.registered"
	TopicDocumentSubmitted   = "customer.document_submitted"
	TopicVerified            = "customer.verified"
	TopicCheckReferred       = "customer.check_referred"
	TopicCheckRefused        = "customer.check_refused"
	TopicFrozen              = "customer.frozen"
	TopicUnfrozen            = "customer.unfrozen"
	TopicContactChanged      = "customer.contact_changed"
	TopicTermsPublished      = "customer.terms_published"
	TopicTermsAccepted       = "customer.terms_accepted"
	TopicBankAccountAdded    = "customer.bank_account_added"
	TopicBankAccountVerified = "customer.bank_account_verified"
	TopicBankAccountRemoved  = "customer.bank_account_removed"
)

// Event is the payload of an event: which customer, as cus_….
type Event struct {
	Customer string `json:"customer"`
}

// TermsEvent is the payload of TopicTermsPublished: which terms, as trm_….
type TermsEvent struct {
	Terms string `json:"terms"`
}

// ParseEvent reads a payload. Errors: those of JSON, id.ErrMalformed.
func ParseEvent(payload string) (ID, error) {
	var e Event
	if err := json.Unmarshal([]byte(payload), &e); err != nil {
		return 0, err
	}
	return ParseID(e.Customer)
}

func announce(ctx context.Context, tx *db.Tx, ids *id.Source, topic string, customer ID) error {
	return announceAs(ctx, tx, ids, topic, customer.String(), Event{Customer: customer.String()})
}

func announceAs(
	ctx context.Context, tx *db.Tx, ids *id.Source, topic, key string, payload any,
) error {
	text, err := json.Marshal(payload)
	if err != nil {
		return err
	}
	next, err := ids.Next()
	if err != nil {
		return err
	}
	return outbox.Write(ctx, tx, outbox.Event{ID: next, Topic: topic, Key: key,
		Payload: string(text)})
}
