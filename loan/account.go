package loan

import (
	"openlend/calendar"
	"openlend/money"
)

// Account is where one loan stands at the end of a day: a fold of its events
// and of nothing else (see Replay). Amounts are minor units of Currency.
//
// Invariants: a payment's Amount = its allocations + Rest + Refunded, or it was
// returned and has neither allocations nor rest; per line and component
// 0 <= Paid + Waived <= Due; Outstanding = Principal - principal allocated
// before a charge-off - principal written off.
type Account struct {
	AsOf     calendar.Date
	Currency money.Currency
	State    State

	Principal   int64 // lent
	Outstanding int64 // principal neither repaid nor written off
	DaysPastDue int   // of the oldest instalment with open principal or interest
	Accrued     int64 // contract interest of the running period, not yet due
	Earned      int64 // contract interest from the start to AsOf, due or not

	Lines       []Line       // the plan in force and what was paid on it
	Versions    []Version    // every plan the loan has had, the first one first
	Payments    []Payment    // payments and recoveries as they count
	Allocations []Allocation // what they paid, in the order it was paid

	RestructuredOn calendar.Date // since when the newest terms hold, zero: the contract's do

	ChargedOffOn calendar.Date // zero: not charged off
	WrittenOff   Parts         // at the charge-off
	Recovered    Parts         // of what was written off, and costs since
	Receivable   int64         // refunded of payments that bounced: the borrower owes it back
}

// Line is one instalment with all that has become owed on it. The components
// of Due are what the contract asks by now: planned principal and interest
// whether or not they are due yet, and the late fee, penalty and costs so far.
type Line struct {
	Nr         int
	DueOn      calendar.Date
	Balance    int64 // planned principal outstanding after it
	Due        Parts
	Paid       Parts // recoveries included
	Waived     Parts
	WrittenOff Parts
}

// Open returns what is still owed by component, written off or not.
func (l *Line) Open() Parts {
	var open Parts
	for c := range open {
		open[c] = l.open(Component(c))
	}
	return open
}

// Settled says whether everything owed so far is paid or waived.
func (l *Line) Settled() bool { return l.Open() == Parts{} }

func (l *Line) open(c Component) int64 { return l.Due[c] - l.Paid[c] - l.Waived[c] }

// inArrears says whether principal or contract interest is open: what makes an
// instalment late. An unpaid fee or penalty is owed but makes nothing late,
// or a cent of penalty would put a loan into default ninety days later.
func (l *Line) inArrears() bool { return l.open(PrincipalPart) > 0 || l.open(InterestPart) > 0 }

// Payment is money received, as it counts.
type Payment struct {
	ID       EventID
	Kind     EventKind // EventPaid or EventRecovered
	ValueOn  calendar.Date
	Amount   int64
	Refunded int64 // went back to the borrower
	Rest     int64 // neither allocated nor refunded: the borrower's money
	Use      Rest  // what the rest is for
	Returned bool  // bounced
}

// Allocation is a piece of a payment on one component of one instalment. On is
// the day it counts from: the payment's value date, or for money on hold the
// day on which something fell due.
type Allocation struct {
	Payment    EventID
	On         calendar.Date
	Instalment int
	Part       Component
	Minor      int64 // > 0
	Recovery   bool  // after a charge-off
}

// Version is a plan that was in force from a day on. Plans are never changed:
// a prepayment, a restructuring or a charge-off adds one.
type Version struct {
	From        calendar.Date
	Cause       EventID // the event that made it, 0 for the first plan
	Instalments []Instalment
}

// Bucket is an ageing bucket of a portfolio.
type Bucket string

// The buckets, by days past due.
const (
	BucketCurrent Bucket = "current"
	Bucket1to30   Bucket = "1-30"
	Bucket31to60  Bucket = "31-60"
	Bucket61to90  Bucket = "61-90"
	BucketOver90  Bucket = "90+"
)

// BucketOf returns the bucket of a number of days past due.
func BucketOf(daysPastDue int) Bucket {
	switch {
	case daysPastDue <= 0:
		return BucketCurrent
	case daysPastDue <= 30:
		return Bucket1to30
	case daysPastDue <= 60:
		return Bucket31to60
	case daysPastDue <= 90:
		return Bucket61to90
	}
	return BucketOver90
}

// Arrears returns what is due by the end of AsOf and not paid, by component:
// overdue and due today alike, with all costs charged so far. A write-off is
// not forgiveness: what was written off is still owed.
func (a *Account) Arrears() Parts {
	var sum Parts
	for i := range a.Lines {
		open := a.Lines[i].Open()
		if a.Lines[i].DueOn > a.AsOf {
			open[InterestPart], open[PrincipalPart] = 0, 0
		}
		for c := range sum {
			sum[c] += open[c]
		}
	}
	return sum
}
