package api

import (
	"openlend/custody"
	"openlend/customer"
)

// Payout is money on its way out to somebody's bank account.
type Payout struct {
	ID          ID[custody.PayoutID]       `json:"id"`
	Purpose     string                     `json:"purpose" doc:"withdrawal, disbursement, refund or deposit_return"`
	Customer    ID[customer.ID]            `json:"customer,omitzero"`
	BankAccount ID[customer.BankAccountID] `json:"bank_account,omitzero"`
	Amount      Amount                     `json:"amount"`
	State       string                     `json:"state"`
	Reason      string                     `json:"reason,omitempty" doc:"Of its end."`
	CreatedAt   Instant                    `json:"created_at"`
	SentAt      Instant                    `json:"sent_at,omitzero"`
	EndedAt     Instant                    `json:"ended_at,omitzero"`
}

func (p Payout) resource() int64 { return int64(p.ID.Value) }

func payoutOf(p custody.Payout) Payout {
	return Payout{
		ID: idOf(p.ID), Purpose: string(p.Purpose), Customer: idOf(p.Customer),
		BankAccount: idOf(p.BankAccount), Amount: amountOf(p.Amount), State: string(p.State),
		Reason: p.Reason, CreatedAt: Instant(p.CreatedAt), SentAt: Instant(p.SentAt),
		EndedAt: Instant(p.EndedAt),
	}
}

func payoutID(p custody.Payout) custody.PayoutID { return p.ID }
