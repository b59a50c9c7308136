package api

import "openlend/servicing"

// Payment is money for a loan.
type Payment struct {
	ID          ID[servicing.PaymentID] `json:"id"`
	Loan        ID[servicing.LoanID]    `json:"loan"`
	Kind        string                  `json:"kind" doc:"paid or recovered"`
	Source      string                  `json:"source" doc:"wallet, or auto when it was collected"`
	Reference   string                  `json:"reference,omitempty" doc:"The bank's."`
	Amount      Amount                  `json:"amount"`
	Cost        Amount                  `json:"cost" doc:"What a collector kept."`
	ValueOn     Date                    `json:"value_on" doc:"The day it counts from."`
	BusinessOn  Date                    `json:"business_on" doc:"The day it was booked."`
	State       string                  `json:"state" doc:"received or returned"`
	Unallocated Amount                  `json:"unallocated" doc:"What has paid nothing yet: the borrower's money."`
	Refunded    Amount                  `json:"refunded"`
	ReceivedAt  Instant                 `json:"received_at"`
}

func (p Payment) resource() int64 { return int64(p.ID.Value) }

func paymentOf(p servicing.Payment) Payment {
	c := p.Currency
	return Payment{
		ID: idOf(p.ID), Loan: idOf(p.Loan), Kind: string(p.Kind), Source: string(p.Source),
		Reference: p.Reference, Amount: minorOf(p.Amount, c), Cost: minorOf(p.Cost, c),
		ValueOn: dateOf(p.ValueOn), BusinessOn: dateOf(p.BusinessOn), State: string(p.State),
		Unallocated: minorOf(p.Unallocated, c), Refunded: minorOf(p.Refunded, c),
		ReceivedAt: Instant(p.ReceivedAt),
	}
}

func paymentID(p servicing.Payment) servicing.PaymentID { return p.ID }
