package api

import (
	"openlend/customer"
	"openlend/loan"
	"openlend/market"
	"openlend/money"
	"openlend/servicing"
)

// Loan is a loan as it stood at the end of as_of.
type Loan struct {
	ID             ID[servicing.LoanID] `json:"id"`
	Listing        ID[market.ListingID] `json:"listing"`
	Borrower       ID[customer.ID]      `json:"borrower"`
	Product        string               `json:"product"`
	ProductVersion int64                `json:"product_version"`
	Principal      Amount               `json:"principal"`
	Fee            Amount               `json:"fee" doc:"Kept from the principal."`
	Rate           Rate                 `json:"rate" doc:"Nominal, a year."`
	Method         string               `json:"method"`
	Instalments    int                  `json:"instalments"`
	AutoCollect    bool                 `json:"auto_collect" doc:"Instalments are taken from the wallet when due."`
	State          string               `json:"state"`
	StartOn        Date                 `json:"start_on,omitzero" doc:"When it was paid out."`
	AsOf           Date                 `json:"as_of,omitzero"`
	Outstanding    Amount               `json:"outstanding" doc:"Principal neither repaid nor written off."`
	Arrears        Amount               `json:"arrears" doc:"Due and unpaid, all components."`
	Held           Amount               `json:"held" doc:"The borrower's money that waits for what falls due next."`
	NextDueOn      Date                 `json:"next_due_on,omitzero"`
	DaysPastDue    int                  `json:"days_past_due"`
	Bucket         string               `json:"bucket"`
	RestructuredOn Date                 `json:"restructured_on,omitzero"`
	OpenedAt       Instant              `json:"opened_at"`
	ChangedAt      Instant              `json:"changed_at"`
}

func (l Loan) resource() int64 { return int64(l.ID.Value) }

func loanOf(l servicing.Loan) Loan {
	c := l.Currency
	return Loan{
		ID: idOf(l.ID), Listing: idOf(l.Listing), Borrower: idOf(l.Borrower), Product: l.Product,
		ProductVersion: l.ProductVersion, Principal: minorOf(l.Principal, c),
		Fee: minorOf(l.Fee, c), Rate: rateOf(l.Rate), Method: string(l.Method),
		Instalments: l.Instalments, AutoCollect: l.AutoCollect, State: string(l.State),
		StartOn: dateOf(l.StartOn), AsOf: dateOf(l.AsOf), Outstanding: minorOf(l.Outstanding, c),
		Arrears: minorOf(l.Arrears, c), Held: minorOf(l.Held, c), NextDueOn: dateOf(l.NextDueOn),
		DaysPastDue: l.DaysPastDue, Bucket: string(l.Bucket()),
		RestructuredOn: dateOf(l.RestructuredOn), OpenedAt: Instant(l.OpenedAt),
		ChangedAt: Instant(l.ChangedAt),
	}
}

func loanID(l servicing.Loan) servicing.LoanID { return l.ID }

// Parts are an amount by component.
type Parts struct {
	Cost      Amount `json:"cost"`
	LateFee   Amount `json:"late_fee"`
	Penalty   Amount `json:"penalty"`
	Interest  Amount `json:"interest"`
	Principal Amount `json:"principal"`
}

func partsOf(p loan.Parts, c money.Currency) Parts {
	return Parts{
		Cost: minorOf(p[loan.CostPart], c), LateFee: minorOf(p[loan.LateFeePart], c),
		Penalty: minorOf(p[loan.PenaltyPart], c), Interest: minorOf(p[loan.InterestPart], c),
		Principal: minorOf(p[loan.PrincipalPart], c),
	}
}

// LoanPlan is the plan in force with all that has become owed and was paid on it.
type LoanPlan struct {
	AsOf        Date       `json:"as_of"`
	State       string     `json:"state"`
	Outstanding Amount     `json:"outstanding"`
	Accrued     Amount     `json:"accrued" doc:"Interest of the running period, not due yet."`
	Items       []PlanLine `json:"items" nullable:"false"`
}

// PlanLine is one instalment.
type PlanLine struct {
	Nr      int    `json:"nr"`
	DueOn   Date   `json:"due_on"`
	Due     Parts  `json:"due"`
	Paid    Parts  `json:"paid"`
	Waived  Parts  `json:"waived"`
	Balance Amount `json:"balance" doc:"Planned principal outstanding after it."`
	Settled bool   `json:"settled"`
}

func loanPlanOf(a loan.Account) LoanPlan {
	c := a.Currency
	plan := LoanPlan{
		AsOf: dateOf(a.AsOf), State: string(a.State), Outstanding: minorOf(a.Outstanding, c),
		Accrued: minorOf(a.Accrued, c), Items: make([]PlanLine, len(a.Lines)),
	}
	for i := range a.Lines {
		l := &a.Lines[i]
		plan.Items[i] = PlanLine{
			Nr: l.Nr, DueOn: dateOf(l.DueOn), Due: partsOf(l.Due, c), Paid: partsOf(l.Paid, c),
			Waived: partsOf(l.Waived, c), Balance: minorOf(l.Balance, c), Settled: l.Settled(),
		}
	}
	return plan
}

// PlanVersion is one plan that a loan has had.
type PlanVersion struct {
	Nr     int64        `json:"nr"`
	FromOn Date         `json:"from_on"`
	Items  []Instalment `json:"items" nullable:"false"`
}

func planVersionIn(c money.Currency) func(servicing.Version) PlanVersion {
	return func(v servicing.Version) PlanVersion {
		plan := planOf(loan.Schedule{Instalments: v.Instalments}, c)
		return PlanVersion{Nr: v.Nr, FromOn: dateOf(v.FromOn), Items: plan}
	}
}

// components are what can be owed on an instalment, by their names.
var components = map[string]loan.Component{
	loan.CostPart.String():     loan.CostPart,
	loan.LateFeePart.String():  loan.LateFeePart,
	loan.PenaltyPart.String():  loan.PenaltyPart,
	loan.InterestPart.String(): loan.InterestPart,
}

// PayoffQuote is what repays a loan in full on one day.
type PayoffQuote struct {
	ValidOn         Date   `json:"valid_on"`
	Principal       Amount `json:"principal"`
	Interest        Amount `json:"interest" doc:"Accrued to the day."`
	OverdueInterest Amount `json:"overdue_interest"`
	Penalty         Amount `json:"penalty" doc:"With late fees."`
	Costs           Amount `json:"costs"`
	EarlyFee        Amount `json:"early_fee"`
	Held            Amount `json:"held" doc:"Counts towards it."`
	Total           Amount `json:"total"`
}

func quoteOf(q loan.Quote, c money.Currency) PayoffQuote {
	return PayoffQuote{
		ValidOn: dateOf(q.ValidOn), Principal: minorOf(q.Principal, c),
		Interest: minorOf(q.Interest, c), OverdueInterest: minorOf(q.OverdueInterest, c),
		Penalty: minorOf(q.Penalty, c), Costs: minorOf(q.Costs, c),
		EarlyFee: minorOf(q.EarlyFee, c), Held: minorOf(q.Held, c), Total: minorOf(q.Total, c),
	}
}
