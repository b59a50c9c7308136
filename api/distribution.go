package api

import (
	"openlend/customer"
	"openlend/money"
	"openlend/note"
	"openlend/servicing"
)

// Distribution is where the money of one payment goes.
type Distribution struct {
	ID        ID[servicing.DistributionID] `json:"id"`
	Loan      ID[servicing.LoanID]         `json:"loan"`
	RecordOn  Date                         `json:"record_on" doc:"Who held shares at its end is paid."`
	Lenders   Amount                       `json:"lenders"`
	Platform  Amount                       `json:"platform"`
	Borrower  Amount                       `json:"borrower"`
	State     string                       `json:"state" doc:"running, held (somebody's account is frozen) or done"`
	Legs      int64                        `json:"legs"`
	Posted    int64                        `json:"posted"`
	Held      int64                        `json:"held"`
	StartedAt Instant                      `json:"started_at"`
}

func distributionOf(d servicing.Distribution) Distribution {
	c := d.Currency
	return Distribution{
		ID: idOf(d.ID), Loan: idOf(d.Loan), RecordOn: dateOf(d.RecordOn),
		Lenders: minorOf(d.Lenders, c), Platform: minorOf(d.Platform, c),
		Borrower: minorOf(d.Borrower, c), State: string(d.State), Legs: d.Legs, Posted: d.Posted,
		Held: d.HeldLegs, StartedAt: Instant(d.StartedAt),
	}
}

func distributionID(d servicing.Distribution) servicing.DistributionID { return d.ID }

// Holding is one lender's share of one loan.
type Holding struct {
	ID          ID[note.ID]          `json:"id"`
	Loan        ID[servicing.LoanID] `json:"loan"`
	Holder      ID[customer.ID]      `json:"holder"`
	SinceOn     Date                 `json:"since_on"`
	Face        Amount               `json:"face"`
	Outstanding Amount               `json:"outstanding"`
	State       string               `json:"state"`
	Paid        Parts                `json:"paid" doc:"Since it was issued, before the fee."`
	Fee         Amount               `json:"fee" doc:"What the platform kept of the interest."`
}

func holdingOf(n note.Note) Holding {
	c := n.Currency
	return Holding{
		ID: idOf(n.ID), Loan: idOf(n.Loan), Holder: idOf(n.Holder), SinceOn: dateOf(n.SinceOn),
		Face: minorOf(n.Face, c), Outstanding: minorOf(n.Outstanding, c), State: string(n.State),
		Paid: partsOf(n.Paid, c), Fee: minorOf(n.Fee, c),
	}
}

func holdingID(n note.Note) note.ID { return n.ID }

// Claim is what a customer was paid, had spent when it was to be given back, and
// owes since.
type Claim struct {
	ID       ID[servicing.ClaimID] `json:"id"`
	Loan     ID[servicing.LoanID]  `json:"loan"`
	Customer ID[customer.ID]       `json:"customer"`
	Amount   Amount                `json:"amount"`
	Settled  Amount                `json:"settled"`
	State    string                `json:"state"`
	OpenedAt Instant               `json:"opened_at"`
}

func claimOf(k servicing.Claim) Claim {
	return Claim{
		ID: idOf(k.ID), Loan: idOf(k.Loan), Customer: idOf(customer.ID(k.Customer)),
		Amount: minorOf(k.Amount, k.Currency), Settled: minorOf(k.Settled, k.Currency),
		State: string(k.State), OpenedAt: Instant(k.OpenedAt),
	}
}

func claimID(k servicing.Claim) servicing.ClaimID { return k.ID }

// optional is an amount that may be left out: zero of a currency.
func optional(a *Amount, c money.Currency) money.Amount {
	if a == nil {
		return money.New(0, c)
	}
	return a.Value
}
