package loan

import "openlend/calendar"

// Quote is what repays a loan in full on one day, in minor units. It is good
// for that day only: paid with RestShorter or RestSmaller on it, and with
// nothing else happening before, Total leaves nothing owed and nothing over.
type Quote struct {
	ValidOn         calendar.Date
	Principal       int64 // all of it, overdue or not
	Interest        int64 // accrued to the day, not due yet
	OverdueInterest int64 // due by the day and not paid
	Penalty         int64 // late fees and penalty
	Costs           int64
	EarlyFee        int64 // on principal that is not due yet
	Held            int64 // money on hold, which counts towards it
	Total           int64 // the sum of the first six, less what is held
}

// Payoff returns the payoff quote for the day of the account, to be had for a
// future day by replaying to it. Refusal: money.ErrOverflow.
func (a *Account) Payoff(p Product) (Quote, error) {
	q := Quote{ValidOn: a.AsOf, Interest: a.Accrued}
	early := int64(0)
	for i := range a.Lines {
		l := &a.Lines[i]
		open := l.Open()
		q.Principal += open[PrincipalPart]
		q.Penalty += open[LateFeePart] + open[PenaltyPart]
		q.Costs += open[CostPart]
		if l.DueOn <= a.AsOf {
			q.OverdueInterest += open[InterestPart]
			continue
		}
		early += open[PrincipalPart]
		q.Interest -= l.Paid[InterestPart] + l.Waived[InterestPart]
	}
	for i := range a.Payments {
		if a.Payments[i].Use == RestHold {
			q.Held += a.Payments[i].Rest
		}
	}
	fee, err := p.EarlyFee.on(early)
	if err != nil {
		return Quote{}, err
	}
	q.EarlyFee = fee
	sum := q.Principal + q.Interest + q.OverdueInterest + q.Penalty + q.Costs + q.EarlyFee
	q.Total = max(0, sum-q.Held)
	return q, nil
}
