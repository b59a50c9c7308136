package api

import (
	"openlend/custody"
	"openlend/customer"
)

// Deposit is money that came in through the custody bank.
type Deposit struct {
	ID       ID[custody.DepositID] `json:"id"`
	Customer ID[customer.ID]       `json:"customer,omitzero" doc:"Its owner, when he is known."`
	Amount   Amount                `json:"amount"`
	State    string                `json:"state" doc:"suspense, credited, returning or returned"`
	Doubt    string                `json:"doubt,omitempty" doc:"Why it went into suspense."`
	BookedAt Instant               `json:"booked_at" doc:"By the bank's clock."`
	SeenAt   Instant               `json:"seen_at" doc:"By ours."`
}

func (d Deposit) resource() int64 { return int64(d.ID.Value) }

func depositOf(d custody.Deposit) Deposit {
	return Deposit{
		ID: idOf(d.ID), Customer: idOf(d.Customer), Amount: amountOf(d.Amount),
		State: string(d.State), Doubt: string(d.Doubt), BookedAt: Instant(d.BookedAt),
		SeenAt: Instant(d.SeenAt),
	}
}

func depositID(d custody.Deposit) custody.DepositID { return d.ID }

// Payer is who paid a deposit in, as the bank has told.
type Payer struct {
	Name      string `json:"name"`
	Account   string `json:"account"`
	Country   string `json:"country"`
	Reference string `json:"reference" doc:"The text of the transfer."`
}

func payerOf(p custody.Payer) Payer {
	return Payer{Name: p.Name, Account: p.Account, Country: p.Country, Reference: p.Reference}
}
