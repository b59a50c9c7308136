package api

import (
	"openlend/customer"
	"openlend/loan"
	"openlend/money"
	"openlend/origination"
)

// Offer is what the platform offers to arrange for an approved application.
type Offer struct {
	ID             ID[origination.OfferID]       `json:"id"`
	Application    ID[origination.ApplicationID] `json:"application"`
	Borrower       ID[customer.ID]               `json:"borrower"`
	Product        string                        `json:"product"`
	ProductVersion int64                         `json:"product_version"`
	Grade          string                        `json:"grade"`
	Purpose        string                        `json:"purpose"`
	Principal      Amount                        `json:"principal"`
	Rate           Rate                          `json:"rate" doc:"Nominal, a year."`
	APR            Rate                          `json:"apr" doc:"What it costs a year, with fees."`
	Method         string                        `json:"method"`
	Instalments    int                           `json:"instalments"`
	Fee            Amount                        `json:"fee" doc:"Kept from the principal."`
	NetDisbursed   Amount                        `json:"net_disbursed" doc:"What reaches the borrower."`
	TotalPayable   Amount                        `json:"total_payable" doc:"Principal and interest."`
	StartOn        Date                          `json:"start_on" doc:"The plan is as if paid out then."`
	Schedule       []Instalment                  `json:"schedule,omitempty" doc:"Not in lists."`
	ExpiresOn      Date                          `json:"expires_on" doc:"The last business date on which it is good."`
	State          string                        `json:"state"`
	CreatedAt      Instant                       `json:"created_at"`
	ChangedAt      Instant                       `json:"changed_at"`
}

func (o Offer) resource() int64 { return int64(o.ID.Value) }

// Instalment is one line of a plan.
type Instalment struct {
	Nr        int    `json:"nr"`
	DueOn     Date   `json:"due_on"`
	Principal Amount `json:"principal"`
	Interest  Amount `json:"interest"`
	Total     Amount `json:"total"`
	Balance   Amount `json:"balance" doc:"Principal outstanding after it."`
}

func offerOf(o origination.Offer) Offer {
	c := o.Principal.Currency()
	return Offer{
		ID: idOf(o.ID), Application: idOf(o.Application), Borrower: idOf(o.Borrower),
		Product: o.Product, ProductVersion: o.ProductVersion, Grade: o.Grade, Purpose: o.Purpose,
		Principal: amountOf(o.Principal), Rate: rateOf(o.Rate), APR: rateOf(o.APR),
		Method: string(o.Method), Instalments: o.Instalments, Fee: minorOf(o.Fee, c),
		NetDisbursed: minorOf(o.NetDisbursed(), c), TotalPayable: minorOf(o.TotalPayable, c),
		StartOn: dateOf(o.StartOn), Schedule: planOf(o.Schedule, c), ExpiresOn: dateOf(o.ExpiresOn),
		State: string(o.State), CreatedAt: Instant(o.CreatedAt), ChangedAt: Instant(o.ChangedAt),
	}
}

func offerID(o origination.Offer) origination.OfferID { return o.ID }

func planOf(s loan.Schedule, c money.Currency) []Instalment {
	shown := make([]Instalment, len(s.Instalments))
	for i, n := range s.Instalments {
		shown[i] = Instalment{
			Nr: int(n.Nr), DueOn: dateOf(n.DueOn), Principal: minorOf(n.Principal, c),
			Interest: minorOf(n.Interest, c), Total: minorOf(n.Total(), c),
			Balance: minorOf(n.Balance, c),
		}
	}
	return shown
}
