package origination

import (
	"slices"

	"openlend/calendar"
	"openlend/loan"
	"openlend/money"
)

// ruleSet is the number of the rules in this file. It grows whenever the same
// inputs under the same product may be judged differently, and is kept with
// every decision.
const ruleSet = 1

// Inputs are all that an automatic decision is made from, and are kept with it.
// Amounts are minor units of the product's currency.
type Inputs struct {
	On          calendar.Date `json:"on"` // the business date; the schedules start on it
	Principal   int64         `json:"principal"`
	Purpose     string        `json:"purpose"`
	Method      loan.Method   `json:"method"`
	Instalments int           `json:"instalments"`
	Facts       Facts         `json:"facts"`
	History     History       `json:"history"`
}

// History is what this platform knows of a borrower, and of the product.
type History struct {
	OpenLoans       int   `json:"open_loans"`         // accepted offers that are not paid back
	Owed            int64 `json:"owed"`               // on them, in the product's currency
	Offered         int64 `json:"offered"`            // on his other approved applications
	Volume          int64 `json:"volume"`             // owed under the product by everybody
	MostDaysPastDue int64 `json:"most_days_past_due"` // on any loan, ever
	Defaulted       bool  `json:"defaulted"`          // any loan, ever
}

// Result is how a decision ends.
type Result string

// The results.
const (
	Approve Result = "approve"
	Refer   Result = "refer" // a person decides
	Decline Result = "decline"
)

// Verdict is what the rules make of the inputs.
type Verdict struct {
	Result  Result
	Grade   string // the best grade that is granted; "" when none is
	Reasons []Reason
	Free    int64 // left of the income each month before this loan; may be below zero
	Monthly int64 // what the loan takes of it each month at the grade's highest rate
}

// Judge applies the rules to an application, as a function of nothing but the
// product and the inputs. All reasons are given: to decline when there are
// such, else to refer. The rules look at no fact that the law protects.
// Refusals: those of loan.NewSchedule, money.ErrOverflow.
func (p *Product) Judge(in Inputs) (Verdict, error) {
	v := Verdict{Free: p.Rules.free(&in.Facts)}
	if err := p.grade(&v, in); err != nil {
		return Verdict{}, err
	}
	caps, err := p.caps(in.History, in.Principal)
	if err != nil {
		return Verdict{}, err
	}
	decline := slices.Concat(p.Rules.refusedFor(&in, &v), caps)
	refer := p.Rules.referredFor(&in, &v)
	switch {
	case len(decline) > 0:
		v.Result, v.Reasons = Decline, decline
	case len(refer) > 0:
		v.Result, v.Reasons = Refer, refer
	default:
		v.Result, v.Reasons = Approve, []Reason{PassedRules}
	}
	return v, nil
}

// free is what is left of the income each month before the new loan.
func (r *Rules) free(f *Facts) int64 {
	living := max(f.Living, r.LivingAlone+int64(f.Dependants)*r.LivingDependant)
	return f.Income - f.Debts - f.Rent - living
}

// grade finds the best grade whose burden the borrower can bear.
func (p *Product) grade(v *Verdict, in Inputs) error {
	if v.Free <= 0 {
		return nil
	}
	for _, g := range p.Grades {
		monthly, err := p.monthly(in, g.MaxRate)
		if err != nil {
			return err
		}
		limit, err := money.MulDiv(v.Free, int64(g.MaxBurden), int64(money.One), money.Down)
		if err != nil {
			return err
		}
		if monthly <= limit {
			v.Grade, v.Monthly = g.Name, monthly
			return nil
		}
	}
	return nil
}

// monthly is what has to be set aside each month from the start so that every
// instalment can be paid when it is due: the greatest of all sums due so far
// over the months so far, rounded up. For equal instalments that is the
// instalment, for a bullet loan its whole payment spread over the term.
func (p *Product) monthly(in Inputs, rate money.Rate) (int64, error) {
	s, err := loan.NewSchedule(p.terms(Request{
		Principal: money.New(in.Principal, p.Currency), Method: in.Method,
		Instalments: in.Instalments,
	}, rate, in.On))
	if err != nil {
		return 0, err
	}
	perYear, step := unitsPerYear(p.Every)
	var most, due int64
	for i, line := range s.Instalments {
		due += line.Total() // fits: NewSchedule has summed it
		periods := i + 1
		if len(s.Instalments) == 1 {
			periods = in.Instalments
		}
		needed, err := money.MulDiv(due, perYear, 12*step*int64(periods), money.Up)
		if err != nil {
			return 0, err
		}
		most = max(most, needed)
	}
	return most, nil
}

// refusedFor are the reasons to decline that lie in the borrower.
func (r *Rules) refusedFor(in *Inputs, v *Verdict) []Reason {
	h := in.History
	return reasonsOf(
		when(in.Facts.Income < r.MinIncome, IncomeTooLow),
		when(v.Free <= 0, IncomeSpent),
		when(v.Free > 0 && v.Grade == "", BurdenTooHigh),
		when(h.Defaulted, OnceDefaulted),
		when(reaches(h.MostDaysPastDue, r.DeclineDaysPastDue), OnceVeryLate),
	)
}

// referredFor are the reasons to ask a person.
func (r *Rules) referredFor(in *Inputs, v *Verdict) []Reason {
	burden := int64(r.ReferBurden)
	return reasonsOf(
		when(in.Facts.WorkMonths < r.MinWorkMonths, WorkTooShort),
		when(reaches(in.History.MostDaysPastDue, r.ReferDaysPastDue), OnceLate),
		when(r.ReferAbove > 0 && in.Principal > r.ReferAbove, LargeAmount),
		when(burden > 0 && above(v.Monthly, v.Free, burden), BurdenHigh),
	)
}

// caps are the limits of the product that a loan would pass, whoever decides.
func (p *Product) caps(h History, principal int64) ([]Reason, error) {
	r := &p.Rules
	owed, err := sum(h.Owed, h.Offered, principal)
	if err != nil {
		return nil, err
	}
	volume, err := sum(h.Volume, principal)
	return reasonsOf(
		when(r.MaxOpenLoans > 0 && h.OpenLoans >= r.MaxOpenLoans, TooManyLoans),
		when(r.MaxExposure > 0 && owed > r.MaxExposure, TooMuchOwed),
		when(r.MaxVolume > 0 && volume > r.MaxVolume, TooMuchLent),
	), err
}

// above says whether part/whole is above a rate in parts per billion. Both are
// amounts of facts and instalments, whose product with a rate may not fit.
func above(part, whole, rate int64) bool {
	limit, err := money.MulDiv(whole, rate, int64(money.One), money.Down)
	return err != nil || part > limit
}

func reaches(days int64, limit int) bool { return limit > 0 && days >= int64(limit) }

// when is the reason if it holds, else none.
func when(holds bool, r Reason) Reason {
	if holds {
		return r
	}
	return ""
}

func reasonsOf(reasons ...Reason) []Reason {
	return slices.DeleteFunc(reasons, func(r Reason) bool { return r == "" })
}

func sum(parts ...int64) (total int64, err error) {
	for _, p := range parts {
		if total, err = money.AddMinor(total, p); err != nil {
			return 0, err
		}
	}
	return total, nil
}
