package origination

// Facts are what a borrower declares about himself, as far as the decision
// needs it: nothing that says who he is. Amounts are minor units of the
// product's currency a month.
type Facts struct {
	Income     int64   `json:"income"`      // after tax; of a company, what is left of its revenue
	Debts      int64   `json:"debts"`       // payments on what he owes already
	Housing    Housing `json:"housing"`     // how he lives
	Rent       int64   `json:"rent"`        // or the instalment of a mortgage, or what housing costs
	Work       Work    `json:"work"`        // where the income comes from
	WorkMonths int     `json:"work_months"` // in the present work
	Dependants int     `json:"dependants"`  // people who live on the income, without himself
	Living     int64   `json:"living"`      // what else life costs, as he says
}

// Housing is how somebody lives.
type Housing string

// The kinds of housing.
const (
	HousingOwn      Housing = "own"
	HousingMortgage Housing = "mortgage"
	HousingRent     Housing = "rent"
	HousingOther    Housing = "other"
)

// Work is where an income comes from.
type Work string

// The kinds of work.
const (
	WorkEmployed     Work = "employed"
	WorkSelfEmployed Work = "self_employed"
	WorkBusiness     Work = "business" // the borrower is a company
	WorkRetired      Work = "retired"
	WorkOther        Work = "other"
)

// maxFact bounds declared amounts: above it stands a wrong unit.
const maxFact = 1_000_000_000_000

// maxWorkMonths is a working life, and more.
const maxWorkMonths = 80 * 12

// validate refuses facts that cannot be. Refusal: ErrFacts with its field.
func (f *Facts) validate() error {
	for _, c := range []struct {
		field string
		bad   bool
	}{
		{"income", f.Income < 0 || f.Income > maxFact},
		{"debts", f.Debts < 0 || f.Debts > maxFact},
		{"rent", f.Rent < 0 || f.Rent > maxFact},
		{"living", f.Living < 0 || f.Living > maxFact},
		{"housing", !f.Housing.known()},
		{"work", !f.Work.known()},
		{"work_months", f.WorkMonths < 0 || f.WorkMonths > maxWorkMonths},
		{"dependants", f.Dependants < 0 || f.Dependants > 50},
	} {
		if c.bad {
			return ErrFacts.In("facts." + c.field)
		}
	}
	return nil
}

func (h Housing) known() bool {
	switch h {
	case HousingOwn, HousingMortgage, HousingRent, HousingOther:
		return true
	}
	return false
}

func (w Work) known() bool {
	switch w {
	case WorkEmployed, WorkSelfEmployed, WorkBusiness, WorkRetired, WorkOther:
		return true
	}
	return false
}
