package api

import (
	"net/netip"

	"openlend/customer"
)

// Document is a paper as its owner copied it. It is never in a stored answer.
type Document struct {
	Kind      string `json:"kind"`
	Number    string `json:"number"`
	Name      string `json:"name" doc:"As printed on it."`
	BirthDate Date   `json:"birth_date" doc:"Of a company: the day it was founded."`
	Issuer    string `json:"issuer" doc:"ISO 3166-1."`
	IssuedOn  Date   `json:"issued_on"`
	ExpiresOn *Date  `json:"expires_on,omitempty" doc:"The last day it is good; absent: it does not expire."`
}

func documentOf(d customer.Document) Document {
	shown := Document{
		Kind: string(d.Kind), Number: d.Number, Name: d.Name, BirthDate: dateOf(d.BirthOn),
		Issuer: d.Issuer, IssuedOn: dateOf(d.IssuedOn),
	}
	if !d.ExpiresOn.IsZero() {
		expires := dateOf(d.ExpiresOn)
		shown.ExpiresOn = &expires
	}
	return shown
}

// BankDetails are a bank account with its number. They are never in a stored
// answer.
type BankDetails struct {
	Account string `json:"account"`
	Holder  string `json:"holder"`
	Country string `json:"country" doc:"ISO 3166-1."`
}

// AcceptedFrom is where somebody was when he accepted terms.
type AcceptedFrom struct {
	Address string `json:"address,omitempty" doc:"Network address; absent when none was known."`
}

func acceptedFrom(a netip.Addr) AcceptedFrom {
	if !a.IsValid() {
		return AcceptedFrom{}
	}
	return AcceptedFrom{Address: a.String()}
}

// Access is one time that personal data was shown.
type Access struct {
	Actor   string  `json:"actor"`
	Purpose string  `json:"purpose"`
	ShownAt Instant `json:"shown_at"`
}

func accessOf(a customer.Access) Access {
	return Access{Actor: a.Actor, Purpose: string(a.Purpose), ShownAt: Instant(a.ShownAt)}
}

// StatusChange is one change of a customer's status.
type StatusChange struct {
	From      string  `json:"from"`
	To        string  `json:"to"`
	Reason    string  `json:"reason"`
	Maker     string  `json:"maker"`
	ChangedAt Instant `json:"changed_at"`
}

func statusChangeOf(c customer.StatusChange) StatusChange {
	return StatusChange{
		From: string(c.From), To: string(c.To), Reason: c.Reason, Maker: c.Maker,
		ChangedAt: Instant(c.ChangedAt),
	}
}
