package api

import "openlend/customer"

// BankAccount is where a customer's money may be paid out to. Its number is
// shown by get-bank-account alone.
type BankAccount struct {
	ID         ID[customer.BankAccountID] `json:"id"`
	Customer   ID[customer.ID]            `json:"customer"`
	Currency   string                     `json:"currency"`
	Country    string                     `json:"country"`
	State      string                     `json:"state" doc:"new, verified or removed"`
	AddedAt    Instant                    `json:"added_at"`
	VerifiedAt Instant                    `json:"verified_at,omitzero"`
	UsableAt   Instant                    `json:"usable_at,omitzero" doc:"When its cool-off ends."`
	RemovedAt  Instant                    `json:"removed_at,omitzero"`
}

func (b BankAccount) resource() int64 { return int64(b.ID.Value) }

func bankAccountOf(b customer.BankAccount) BankAccount {
	return BankAccount{
		ID: idOf(b.ID), Customer: idOf(b.Customer), Currency: string(b.Currency),
		Country: b.Country, State: string(b.State), AddedAt: Instant(b.AddedAt),
		VerifiedAt: Instant(b.VerifiedAt), UsableAt: Instant(b.UsableAt),
		RemovedAt: Instant(b.RemovedAt),
	}
}
