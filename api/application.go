package api

import (
	"openlend/customer"
	"openlend/loan"
	"openlend/origination"
)

// Application is a borrower's wish and what became of it.
type Application struct {
	ID             ID[origination.ApplicationID] `json:"id"`
	Borrower       ID[customer.ID]               `json:"borrower"`
	Product        string                        `json:"product"`
	ProductVersion int64                         `json:"product_version"`
	Principal      Amount                        `json:"principal"`
	Purpose        string                        `json:"purpose"`
	Method         string                        `json:"method"`
	Instalments    int                           `json:"instalments"`
	State          string                        `json:"state"`
	Grade          string                        `json:"grade,omitempty" doc:"Of the last decision."`
	Reasons        []Reason                      `json:"reasons,omitempty" doc:"Of the last decision."`
	CreatedAt      Instant                       `json:"created_at"`
	ChangedAt      Instant                       `json:"changed_at"`
}

func (a Application) resource() int64 { return int64(a.ID.Value) }

// Reason is why a decision was taken.
type Reason struct {
	Code     string `json:"code" example:"burden.too_high"`
	Sentence string `json:"sentence,omitempty"`
}

func applicationOf(a origination.Application) Application {
	return Application{
		ID: idOf(a.ID), Borrower: idOf(a.Borrower), Product: a.Product,
		ProductVersion: a.ProductVersion, Principal: amountOf(a.Request.Principal),
		Purpose: a.Request.Purpose, Method: string(a.Request.Method),
		Instalments: a.Request.Instalments, State: string(a.State), Grade: a.Grade,
		Reasons: reasonsOf(a.Reasons), CreatedAt: Instant(a.CreatedAt),
		ChangedAt: Instant(a.ChangedAt),
	}
}

func applicationID(a origination.Application) origination.ApplicationID { return a.ID }

func reasonsOf(reasons []origination.Reason) []Reason {
	shown := make([]Reason, len(reasons))
	for i, r := range reasons {
		shown[i] = Reason{string(r), r.Sentence()}
	}
	return shown
}

// LoanRequest is what a borrower asks for.
type LoanRequest struct {
	Principal   Amount `json:"principal"`
	Purpose     string `json:"purpose" maxLength:"64" example:"car"`
	Method      string `json:"method" enum:"equal_instalments,equal_principal,interest_only,bullet,flat"`
	Instalments int    `json:"instalments" minimum:"1" maximum:"1200" example:"36"`
	Facts       Facts  `json:"facts"`
}

// Facts are what a borrower declares about himself. They are kept with the
// decision and not shown again.
type Facts struct {
	Income     decimal `json:"income" maxLength:"32" doc:"A month after tax, in the currency of the principal; so are all amounts here." example:"3200.00"`
	Debts      decimal `json:"debts" maxLength:"32" doc:"Payments a month on what is owed already." example:"150.00"`
	Housing    string  `json:"housing" enum:"own,mortgage,rent,other"`
	Rent       decimal `json:"rent" maxLength:"32" doc:"What housing costs a month." example:"800.00"`
	Work       string  `json:"work" enum:"employed,self_employed,business,retired,other"`
	WorkMonths int     `json:"work_months" minimum:"0" doc:"In the present work." example:"48"`
	Dependants int     `json:"dependants" minimum:"0" doc:"People who live on the income." example:"1"`
	Living     decimal `json:"living" maxLength:"32" doc:"What else life costs a month." example:"600.00"`
}

// request turns it into the room's own. Refusals: those of money.Parse.
func (r *LoanRequest) request() (origination.Request, error) {
	f := r.Facts
	facts := origination.Facts{
		Housing: origination.Housing(f.Housing), Work: origination.Work(f.Work),
		WorkMonths: f.WorkMonths, Dependants: f.Dependants,
	}
	err := readDecimals(r.Principal.Value.Currency(), map[string]decimalField{
		"facts.income": {f.Income, &facts.Income}, "facts.debts": {f.Debts, &facts.Debts},
		"facts.rent": {f.Rent, &facts.Rent}, "facts.living": {f.Living, &facts.Living},
	})
	return origination.Request{
		Principal: r.Principal.Value, Purpose: r.Purpose, Method: loan.Method(r.Method),
		Instalments: r.Instalments, Facts: facts,
	}, err
}
