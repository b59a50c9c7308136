package origination

import (
	"github.com/govalues/decimal"

	"openlend/calendar"
	"openlend/loan"
	"openlend/money"
)

// terms are the terms of a loan of the product at a rate, disbursed on start.
func (p *Product) terms(r Request, rate money.Rate, start calendar.Date) loan.Terms {
	return loan.Terms{
		Principal: r.Principal, AnnualRate: rate, Method: r.Method,
		DayCount: p.DayCount, Interest: p.Interest, Start: start,
		Every: p.Every, Instalments: r.Instalments, InstalmentMultiple: p.InstalmentMultiple,
	}
}

// fee is the origination fee on a principal, rounded down for the borrower.
func (p *Product) fee(principal money.Amount) (int64, error) {
	fee, err := principal.MulRate(p.Fees.Origination, money.Down)
	return fee.Minor(), err
}

// unitsPerYear returns how many units of a period a year has, and how many the
// period has: 12 and 3 for three months.
func unitsPerYear(every calendar.Period) (perYear, step int64) {
	step = int64(every.N)
	switch every.Unit {
	case calendar.Day:
		return 365, step
	case calendar.Week:
		return 52, step
	case calendar.Year:
		return 1, step
	}
	return 12, step
}

// annualRate is the annual percentage rate of a schedule whose borrower
// receives the principal without the fee, by loan.APR, half even to a billionth.
// The unit period is the distance of due dates, which is at most a year; of a
// single payment it is the term, at most a year (Regulation Z, appendix J,
// (b)(4)). Refusals: those of loan.APR, money.ErrOverflow.
func annualRate(s loan.Schedule, fee int64) (money.Rate, error) {
	perYear, step := unitsPerYear(s.Terms.Every)
	advance, err := decimal.New(s.Terms.Principal.Minor()-fee, 0)
	if err != nil {
		return 0, err
	}
	payments := make([]loan.UnitSeries, len(s.Instalments))
	for i, line := range s.Instalments {
		amount, err := decimal.New(line.Total(), 0)
		if err != nil {
			return 0, err
		}
		payments[i] = loan.UnitSeries{Amount: amount, Count: 1, Period: i + 1}
	}
	if len(payments) == 1 {
		step *= int64(s.Terms.Instalments)
		if step > perYear { // the unit period is a year
			payments[0].Period = int(step / perYear)
			if payments[0].Fraction, err = quotient(step%perYear, perYear); err != nil {
				return 0, err
			}
			step = perYear
		}
	}
	units, err := quotient(perYear, step)
	if err != nil {
		return 0, err
	}
	apr, err := loan.APR([]loan.UnitSeries{{Amount: advance, Count: 1}}, payments, units)
	if err != nil {
		return 0, err
	}
	return money.ParseRate(apr.Round(9).String())
}

func quotient(a, b int64) (decimal.Decimal, error) {
	x, err := decimal.New(a, 0)
	if err != nil {
		return decimal.Decimal{}, err
	}
	y, err := decimal.New(b, 0)
	if err != nil {
		return decimal.Decimal{}, err
	}
	return x.Quo(y)
}
