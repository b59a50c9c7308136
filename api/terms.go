package api

import (
	"encoding/hex"

	"openlend/customer"
)

// Terms are one published version in one language.
type Terms struct {
	ID          ID[customer.TermsID] `json:"id"`
	Kind        string               `json:"kind"`
	Version     int64                `json:"version"`
	Language    string               `json:"language"`
	SHA256      string               `json:"sha256" doc:"Of the exact bytes, hexadecimal."`
	PublishedOn Date                 `json:"published_on"`
}

func (t Terms) resource() int64 { return int64(t.ID.Value) }

func termsOf(t customer.Terms) Terms {
	return Terms{
		ID: idOf(t.ID), Kind: string(t.Kind), Version: t.Version, Language: t.Language,
		SHA256: hex.EncodeToString(t.SHA256), PublishedOn: dateOf(t.PublishedOn),
	}
}

// TermsText are terms with their exact bytes.
type TermsText struct {
	Terms

	Text string `json:"text" doc:"The text; its UTF-8 bytes are what sha256 is of."`
}

// Acceptance is the evidence that a customer accepted terms.
type Acceptance struct {
	Customer   ID[customer.ID]      `json:"customer"`
	Terms      ID[customer.TermsID] `json:"terms"`
	SHA256     string               `json:"sha256"`
	Channel    string               `json:"channel"`
	AcceptedAt Instant              `json:"accepted_at"`
}

func (a Acceptance) resource() int64 { return int64(a.Terms.Value) }

func acceptanceOf(a customer.Acceptance) Acceptance {
	return Acceptance{
		Customer: idOf(a.Customer), Terms: idOf(a.Terms), SHA256: hex.EncodeToString(a.SHA256),
		Channel: string(a.Channel), AcceptedAt: Instant(a.AcceptedAt),
	}
}
