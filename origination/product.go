package origination

import (
	"openlend/calendar"
	"openlend/loan"
	"openlend/money"
)

// Product is what loans of one kind may be and cost, and how they are decided,
// funded and serviced: everything that is a setting and not arithmetic. It is a
// record with a version and an effective date, proposed by one person and
// approved by another, and never changes. An application, and the listing and
// loan that come of it, keep the version they were submitted under.
//
//	proposed --> approved   in force from EffectiveOn until a later version is
//	         --> rejected
//
// Amounts are minor units of Currency. Callers share a Product that they read:
// they must not change it.
type Product struct {
	Code        string         `json:"code"` // e.g. "standard-eur", for ever
	Version     int64          `json:"version"`
	EffectiveOn calendar.Date  `json:"effective_on"`
	Name        string         `json:"name"`
	Currency    money.Currency `json:"currency"`
	Purposes    []string       `json:"purposes"`

	Limits             Limits            `json:"limits"`
	Methods            []loan.Method     `json:"methods"`
	Every              calendar.Period   `json:"every"`
	DayCount           calendar.DayCount `json:"day_count"`
	Interest           loan.InterestPer  `json:"interest"`
	InstalmentMultiple int64             `json:"instalment_multiple"`

	Grades []Grade `json:"grades"` // the best first
	Fees   Fees    `json:"fees"`
	Rules  Rules   `json:"rules"`

	OfferDays int  `json:"offer_days"` // an offer is good for so many days after it is made
	AutoOffer bool `json:"auto_offer"` // approval makes an offer at the grade's default rate

	Funding Funding `json:"funding"`

	Loan        loan.Product `json:"loan"` // waterfall, late fee, penalty, caps, early repayment
	PenaltyTo   Payee        `json:"penalty_to"`
	LateFeeTo   Payee        `json:"late_fee_to"`
	AutoCollect bool         `json:"auto_collect"` // instalments are taken from the wallet when due
}

// Limits are the amounts and lengths that can be asked for: from min to max in
// steps.
type Limits struct {
	MinPrincipal   int64 `json:"min_principal"`
	MaxPrincipal   int64 `json:"max_principal"`
	PrincipalStep  int64 `json:"principal_step"`
	MinInstalments int   `json:"min_instalments"`
	MaxInstalments int   `json:"max_instalments"`
	InstalmentStep int   `json:"instalment_step"`
}

// Grade is a class of risk: the nominal rates a year at which it may be lent
// to, and the burden up to which it is granted: the part of what is left of the
// income each month that the loan takes, at the grade's highest rate.
type Grade struct {
	Name        string     `json:"name"`
	MinRate     money.Rate `json:"min_rate"`
	DefaultRate money.Rate `json:"default_rate"`
	MaxRate     money.Rate `json:"max_rate"`
	MaxBurden   money.Rate `json:"max_burden"`
}

// Fees are the platform's own.
type Fees struct {
	Origination money.Rate `json:"origination"` // of the principal, rounded down, kept at disbursement
	Servicing   money.Rate `json:"servicing"`   // of the interest that lenders receive
}

// Payee is who gets something that the borrower pays for being late.
type Payee string

// The payees.
const (
	ToLenders  Payee = "lenders"
	ToPlatform Payee = "platform"
)

// Oversubscription says which bids are served when more was bid than is needed.
type Oversubscription string

// The policies.
const (
	TimePriority Oversubscription = "time_priority" // the first bids, in committed order
	ProRata      Oversubscription = "pro_rata"      // every bid in proportion
)

// Funding is how listings of the product are offered to lenders.
type Funding struct {
	MinBid        int64      `json:"min_bid"`
	BidStep       int64      `json:"bid_step"`
	MaxBid        int64      `json:"max_bid"`        // of one lender on one listing; 0: no limit
	MaxShare      money.Rate `json:"max_share"`      // of the principal, one lender on one listing
	OpenDays      int        `json:"open_days"`      // a listing is open for so many days
	CancelMinutes int        `json:"cancel_minutes"` // a bid can be taken back for so long; 0: never
	MinFunded     money.Rate `json:"min_funded"`     // share that must be reached; 1: no partial funding

	Oversubscription Oversubscription `json:"oversubscription"`
}

// Rules are the settings of the automatic decision (see Judge). Limits that are
// zero do not limit.
type Rules struct {
	MinIncome           int64      `json:"min_income"`            // a month
	LivingAlone         int64      `json:"living_alone"`          // living costs at least this a month
	LivingDependant     int64      `json:"living_dependant"`      // and this for each dependant
	MinWorkMonths       int        `json:"min_work_months"`       // in the present work
	MaxOpenApplications int        `json:"max_open_applications"` // of one borrower; at least 1
	MaxOpenLoans        int        `json:"max_open_loans"`        // of one borrower, with this one
	MaxExposure         int64      `json:"max_exposure"`          // owed by one borrower, with this loan
	MaxVolume           int64      `json:"max_volume"`            // owed under the product, with this loan
	ReferAbove          int64      `json:"refer_above"`           // principal that a person must decide on
	ReferBurden         money.Rate `json:"refer_burden"`          // burden that a person must decide on
	ReferDaysPastDue    int        `json:"refer_days_past_due"`   // once late by so many days
	DeclineDaysPastDue  int        `json:"decline_days_past_due"` // once late by so many days
}

// Grade returns the grade of that name.
func (p *Product) Grade(name string) (Grade, bool) {
	for _, g := range p.Grades {
		if g.Name == name {
			return g, true
		}
	}
	return Grade{}, false
}
