// Package loan is the mathematics of one loan: terms, schedule, accrual,
// payoff, the waterfall of a payment, days past due, and the rates by which a
// price is compared (APR, APRC, XIRR). Everything here is a pure function.
//
// Invariants: the principal parts of a schedule sum to the principal; every
// division names its rounding; the same terms give the same schedule for ever.
package loan

import (
	"openlend/calendar"
	"openlend/money"
)

// Method is how principal is repaid.
type Method string

// The repayment methods.
const (
	EqualInstalments Method = "equal_instalments" // 等额本息
	EqualPrincipal   Method = "equal_principal"   // 等额本金
	InterestOnly     Method = "interest_only"     // 先息后本
	Bullet           Method = "bullet"            // 一次性还本付息
	Flat             Method = "flat"              // interest on the first principal throughout
)

// InterestPer is how the interest of one period is measured.
type InterestPer string

// Daily counts days by the day count; PerPeriod takes every/12 of the annual
// rate for periods in months whatever the day count says.
const (
	Daily     InterestPer = "daily"
	PerPeriod InterestPer = "period"
)

// Terms are what the parties agreed; a schedule is a function of nothing else.
type Terms struct {
	Principal   money.Amount
	AnnualRate  money.Rate // nominal, per year
	Method      Method
	DayCount    calendar.DayCount
	Interest    InterestPer
	Start       calendar.Date   // disbursement; interest runs from it
	Every       calendar.Period // distance of due dates
	Instalments int             // how many
	FirstDue    calendar.Date   // zero: Start + Every; else an odd first period

	GracePrincipal      int   // first n instalments repay no principal
	GraceInterest       int   // interest of the first n is due with instalment n+1
	InterestFreePeriods int   // first n bear no interest at all
	InstalmentMultiple  int64 // minor units the instalment is rounded to; 0 or 1: the cent
}

// Instalment is one line of a schedule. Amounts are in the loan's currency,
// in minor units.
type Instalment struct {
	Nr        int // from 1
	DueOn     calendar.Date
	Principal int64
	Interest  int64
	Balance   int64 // principal outstanding after it
}

// Total is what the borrower pays on the due date, in minor units.
func (i Instalment) Total() int64 { return i.Principal + i.Interest }

// Schedule is the plan of a loan, generated once and kept with its terms.
type Schedule struct {
	Terms       Terms
	Instalments []Instalment
}
