package servicing

import (
	"time"

	"openlend/calendar"
	"openlend/internal/id"
	"openlend/loan"
	"openlend/money"
)

// DistributionID names a distribution.
type DistributionID int64

// String shows the id as it is shown outside: dist_….
func (d DistributionID) String() string { return id.Format("dist", int64(d)) }

// ParseDistributionID reads what String wrote. Refusal: id.ErrMalformed.
func ParseDistributionID(s string) (DistributionID, error) {
	n, err := id.Parse("dist", s)
	return DistributionID(n), err
}

// DistributionState is where a distribution stands.
//
//	running ──► held ──► done    a leg waits: its account is frozen
//	   └─────────────────► done    every leg is posted
type DistributionState string

// The states of a distribution.
const (
	DistributionRunning DistributionState = "running"
	DistributionHeld    DistributionState = "held"
	DistributionDone    DistributionState = "done"
)

var distributionSteps = map[DistributionState][]DistributionState{
	DistributionRunning: {DistributionHeld, DistributionDone},
	DistributionHeld:    {DistributionDone},
	DistributionDone:    {},
}

// DistributionStates lists all states.
func DistributionStates() []DistributionState {
	return []DistributionState{DistributionRunning, DistributionHeld, DistributionDone}
}

// Steps lists the legal next states.
func (s DistributionState) Steps() []DistributionState { return distributionSteps[s] }

// Distribution is where the money of one booking goes. Amounts are minor units
// of Currency that leave the loan's collection account; below zero they are
// taken back. Legs are posted in the order of their numbers: NextLeg is the
// first that was not tried yet.
type Distribution struct {
	ID              DistributionID
	Loan            LoanID
	Event           loan.EventID // that caused it, 0: the passing of days
	ReturnedPayment PaymentID    // that bounced, 0: none
	RecordOn        calendar.Date
	Currency        money.Currency

	Lenders  int64 // after the platform's fee
	Platform int64 // costs, fees, the servicing fee, and penalties where the product says so
	Borrower int64 // refunds
	Returned int64 // to where the bounced payment came from

	Legs        int64
	PlatformLeg int64 // -1: none
	BorrowerLeg int64 // -1: none
	Hash        []byte

	State     DistributionState
	NextLeg   int64
	Posted    int64
	HeldLegs  int64
	StartedAt time.Time
	ChangedAt time.Time
}

// Total is the sum of all legs.
func (d *Distribution) Total() int64 { return d.Lenders + d.Platform + d.Borrower + d.Returned }

// returnedLeg is the number of the leg that goes back to where a payment came
// from, -1 when there is none.
func (d *Distribution) returnedLeg() int64 {
	if d.Returned == 0 {
		return -1
	}
	return d.Legs - 1
}

// settle moves the state to what the legs say.
func (d *Distribution) settle() {
	switch {
	case d.NextLeg < d.Legs:
		d.State = DistributionRunning
	case d.HeldLegs > 0:
		d.State = DistributionHeld
	default:
		d.State = DistributionDone
	}
}
