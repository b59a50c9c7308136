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
	"openlend/refusal"
)

// Method is how principal is repaid.
type Method string

// The repayment methods. Interest is charged on the outstanding balance but for
// Flat, where it is charged on the first principal throughout and spread evenly.
const (
	EqualInstalments Method = "equal_instalments" // 等额本息: the same sum every time
	EqualPrincipal   Method = "equal_principal"   // 等额本金: principal/n and the interest
	InterestOnly     Method = "interest_only"     // 先息后本: all principal with the last one
	Bullet           Method = "bullet"            // 一次性还本付息: one payment at the end
	Flat             Method = "flat"              // interest on the first principal throughout
)

// InterestPer is how the interest of one period is measured.
type InterestPer string

// Daily measures a period by the day count. PerPeriod makes all regular periods
// alike: so many twelfths of the annual rate when they are months or years,
// fifty-seconds when they are weeks; in days it is the same as Daily.
const (
	Daily     InterestPer = "daily"
	PerPeriod InterestPer = "period"
)

// Terms are what the parties agreed; a schedule is a function of nothing else.
// The zero value of every field from FirstDue on means "no such agreement".
type Terms struct {
	Principal  money.Amount      // above zero; all of it is disbursed on Start
	AnnualRate money.Rate        // nominal, per year, from 0 to MaxRate
	Method     Method            // how principal is repaid
	DayCount   calendar.DayCount // how days become years
	Interest   InterestPer       // per day or per period
	Start      calendar.Date     // disbursement; interest runs from it

	// Every is the distance of due dates, each counted from Start and not from
	// the one before: 31 October, then 30 November, 31 December, 31 January,
	// 29 February. It must be 1 to 9999 of its unit.
	Every calendar.Period

	// Instalments is the length of the loan in periods, and how many lines its
	// schedule has; a Bullet loan has one line, at the end of the last period.
	Instalments int

	// FirstDue, when it is not Start + Every, makes the first period an odd one,
	// shorter or longer, and all later due dates are counted from FirstDue. The
	// odd period is priced as the months it is when it is a whole number of
	// them, and else by the day count, also when Interest is PerPeriod.
	FirstDue calendar.Date

	// GracePrincipal is how many instalments from the first repay no principal;
	// the others share it. InterestOnly and Bullet repay none before the end
	// anyway. Less than Instalments.
	GracePrincipal int

	// GraceInterest is how many instalments from the first ask for no interest.
	// It is still charged, bears no interest itself, and is due with the
	// instalment after them. An equal instalment stays the same, so that the
	// first ones are all principal. Less than Instalments; a Bullet loan asks
	// for all interest at the end anyway.
	GraceInterest int

	// InterestFreePeriods is how many periods from the first bear no interest
	// at all. At most Instalments.
	InterestFreePeriods int

	// InstalmentMultiple is the step, in minor units, to which the equal
	// instalment and the instalment of a Flat loan are rounded (half even);
	// 0 or 1 is the minor unit. An instalment that would round to nothing is
	// left as it is. Other methods have no such instalment and ignore it.
	InstalmentMultiple int64
}

// MaxRate is the highest annual rate of a loan, 10,000 %: above it stands a
// wrong unit, not a price.
const MaxRate = 100 * money.One

// maxDays is the longest run of a loan and its longest first period; with it
// no date and no product of dates leaves its type.
const maxDays = 36_600

// Instalment is one line of a schedule. Amounts are in the loan's currency,
// in minor units.
type Instalment struct {
	Nr        int32 // from 1; no more than maxDays, and rows of 32 bytes are made faster
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

// TotalInterest is the interest of all instalments, in minor units. It and the
// principal together fit an int64: NewSchedule refuses terms that would not.
func (s Schedule) TotalInterest() int64 {
	var sum int64
	for _, i := range s.Instalments {
		sum += i.Interest
	}
	return sum
}

// validate refuses terms that make no schedule; the field is named as in the
// contracts of the platform (annual_rate, grace_principal). It and the methods
// below a schedule take the terms by reference for speed; none changes them.
func (t *Terms) validate() error {
	if _, known := t.Principal.Currency().Exponent(); !known || t.Principal.Sign() <= 0 {
		return ErrPrincipal.In("principal")
	}
	if t.AnnualRate < 0 || t.AnnualRate > MaxRate {
		return ErrRate.In("annual_rate")
	}
	switch t.Method {
	case EqualInstalments, EqualPrincipal, InterestOnly, Bullet, Flat:
	default:
		return ErrMethod.In("method")
	}
	if t.Interest != Daily && t.Interest != PerPeriod {
		return ErrInterestPer.In("interest")
	}
	if _, err := calendar.ParseDayCount(string(t.DayCount)); err != nil {
		return refusal.At(err, "day_count")
	}
	if t.InstalmentMultiple < 0 {
		return ErrMultiple.In("instalment_multiple")
	}
	if err := t.validateDates(); err != nil {
		return err
	}
	return t.validateGrace()
}

func (t *Terms) validateDates() error {
	if t.Start <= 0 || t.Start > calendar.MaxDate-3*maxDays {
		return ErrStart.In("start")
	}
	if t.Instalments < 1 {
		return ErrInstalments.In("instalments")
	}
	step := t.Every.N
	switch t.Every.Unit {
	case calendar.Day:
	case calendar.Week:
		step *= 7
	case calendar.Month:
		step *= 30
	case calendar.Year:
		step *= 365
	default:
		return calendar.ErrPeriod.In("every")
	}
	switch {
	case t.Every.N < 1 || t.Every.N > 9999:
		return calendar.ErrPeriod.In("every")
	case t.Instalments > maxDays || t.Instalments*step > maxDays:
		return ErrTooLong.In("instalments")
	case t.FirstDue.IsZero():
		return nil
	case t.FirstDue <= t.Start:
		return ErrFirstDue.In("first_due")
	case t.FirstDue.Sub(t.Start) > maxDays:
		return ErrTooLong.In("first_due")
	}
	return nil
}

func (t *Terms) validateGrace() error {
	if t.GracePrincipal < 0 || t.GracePrincipal >= t.Instalments {
		return ErrGrace.In("grace_principal")
	}
	if t.GraceInterest < 0 || t.GraceInterest >= t.Instalments {
		return ErrGrace.In("grace_interest")
	}
	if t.InterestFreePeriods < 0 || t.InterestFreePeriods > t.Instalments {
		return ErrGrace.In("interest_free_periods")
	}
	return nil
}
