package servicing

import (
	"time"

	"openlend/calendar"
	"openlend/internal/id"
	"openlend/loan"
	"openlend/money"
)

// PaymentID names a payment; it is also the id of its event.
type PaymentID int64

// String shows the id as it is shown outside: pmt_….
func (p PaymentID) String() string { return id.Format("pmt", int64(p)) }

// ParsePaymentID reads what String wrote. Refusal: id.ErrMalformed.
func ParsePaymentID(s string) (PaymentID, error) {
	n, err := id.Parse("pmt", s)
	return PaymentID(n), err
}

// PaymentState is where a payment stands.
//
//	received ──► returned    it bounced, or was recorded by mistake
type PaymentState string

// The states of a payment.
const (
	PaymentReceived PaymentState = "received"
	PaymentReturned PaymentState = "returned"
)

var paymentSteps = map[PaymentState][]PaymentState{
	PaymentReceived: {PaymentReturned},
	PaymentReturned: {},
}

// PaymentStates lists all states.
func PaymentStates() []PaymentState { return []PaymentState{PaymentReceived, PaymentReturned} }

// Steps lists the legal next states.
func (s PaymentState) Steps() []PaymentState { return paymentSteps[s] }

// Source is which way a payment came.
type Source string

// The sources.
const (
	FromWallet Source = "wallet" // of the borrower, by his or a servicer's order
	FromAuto   Source = "auto"   // of the borrower's wallet, when it was due
)

// Payment is money for a loan. Amounts are minor units of Currency.
//
// Amount - Cost = what it has paid + Unallocated + Refunded; a payment that was
// returned has none of the three.
type Payment struct {
	ID          PaymentID
	Loan        LoanID
	Kind        loan.EventKind // EventPaid or EventRecovered
	Source      Source
	Reference   string // the bank's, "" for none
	Amount      int64
	Cost        int64 // what a collector kept: it never came in
	Currency    money.Currency
	ValueOn     calendar.Date // the day it counts from
	BusinessOn  calendar.Date // the day it was booked
	State       PaymentState
	Unallocated int64     // the borrower's money
	Refunded    int64     // to his wallet
	Rest        loan.Rest // what Unallocated is for: refund or hold, "" for none
	Maker       string
	ReceivedAt  time.Time
}

// adopt takes what changes in a payment from its account.
func (p *Payment) adopt(a *loan.Payment) {
	p.State, p.Unallocated, p.Refunded, p.Rest = PaymentReceived, a.Rest, a.Refunded, a.Use
	if a.Returned {
		p.State, p.Refunded = PaymentReturned, 0
	}
	if p.Unallocated == 0 {
		p.Rest = ""
	}
}

// Allocation is a piece of a payment on one component of one instalment, as it
// was booked; below zero it takes one back.
type Allocation struct {
	Loan       LoanID
	Booking    DistributionID // of its distribution, if money moved
	Seq        int64
	Payment    PaymentID
	CountsOn   calendar.Date
	Instalment int
	Part       loan.Component
	Minor      int64
	Recovery   bool // after a charge-off
}
