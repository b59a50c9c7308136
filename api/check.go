package api

import "openlend/customer"

// Check is a document that is to prove who a customer is, and what came of it.
type Check struct {
	ID          ID[customer.CheckID] `json:"id"`
	Customer    ID[customer.ID]      `json:"customer"`
	State       string               `json:"state" doc:"pending, referred, verified or refused"`
	Reasons     []string             `json:"reasons,omitempty"`
	SubmittedAt Instant              `json:"submitted_at"`
	FoundAt     Instant              `json:"found_at,omitzero" doc:"When the provider answered."`
	DecidedAt   Instant              `json:"decided_at,omitzero" doc:"When a person decided."`
}

func (c Check) resource() int64 { return int64(c.ID.Value) }

func checkOf(c customer.Check) Check {
	return Check{
		ID: idOf(c.ID), Customer: idOf(c.Customer), State: string(c.State),
		Reasons: texts[string](c.Reasons), SubmittedAt: Instant(c.SubmittedAt),
		FoundAt: Instant(c.FoundAt), DecidedAt: Instant(c.DecidedAt),
	}
}

func checkID(c customer.Check) customer.CheckID { return c.ID }
