// Package servicing is the life of a loan after it is funded: paid out, repaid,
// late, restructured, given up; and the money of every payment on its way to the
// holders of the loan's notes.
//
// Invariants: what has happened to a loan is its events and nothing else, and
// package loan says what follows from them, so any order in which they become
// known ends in one state; books are only ever added to, a change of history by
// mirror rows; where the money of a booking goes is fixed with it, to the minor
// unit, and sums to what came in; a loan's collection account holds what is not
// allocated and what is not yet posted, and nothing else; nobody waits for a
// holder who cannot be paid; the platform pays nobody from its own money but
// what a lender owes back, which is a claim by name.
package servicing

import (
	"slices"
	"time"

	"openlend/access"
	"openlend/calendar"
	"openlend/customer"
	"openlend/ledger"
	"openlend/loan"
	"openlend/market"
	"openlend/money"
	"openlend/note"
	"openlend/origination"
)

// LoanID names a loan: loan_….
type LoanID = note.LoanID

// ParseLoanID reads what String wrote. Refusal: id.ErrMalformed.
func ParseLoanID(s string) (LoanID, error) { return note.ParseLoanID(s) }

// State is where a loan stands. From active on it is what package loan finds.
//
//	signing ──► disbursing ──► active ──► late ──► default ──► charged_off
//	               │            │ ▲ ◄──────┘ ◄──────┤              │
//	               ▼            │ │                 │              │
//	           cancelled        ▼ │                 │              │
//	                           repaid ◄─────────────┴──────────────┘
//
//	active ──► default   declared, by event
//	repaid ──► active    the last payment bounced
type State string

// The states.
const (
	StateSigning    State = "signing"
	StateDisbursing State = "disbursing" // the money is on its way out
	StateCancelled  State = "cancelled"  // the bank refused it: the lenders have it back
	StateActive     State = State(loan.StateActive)
	StateLate       State = State(loan.StateLate)
	StateDefault    State = State(loan.StateDefault)
	StateChargedOff State = State(loan.StateChargedOff)
	StateRepaid     State = State(loan.StateRepaid)
)

// The last five are the steps of package loan; a test compares them.
var steps = map[State][]State{
	StateSigning:    {StateDisbursing},
	StateDisbursing: {StateActive, StateCancelled},
	StateCancelled:  {},
	StateActive:     {StateLate, StateDefault, StateRepaid},
	StateLate:       {StateActive, StateDefault, StateRepaid},
	StateDefault:    {StateActive, StateLate, StateChargedOff, StateRepaid},
	StateChargedOff: {StateRepaid},
	StateRepaid:     {StateActive},
}

// States lists all states.
func States() []State {
	return []State{StateSigning, StateDisbursing, StateCancelled, StateActive, StateLate,
		StateDefault, StateChargedOff, StateRepaid}
}

// Steps lists the legal next states.
func (s State) Steps() []State { return steps[s] }

// Disbursed says whether the borrower has had the money: only then has the loan
// events, a schedule and notes.
func (s State) Disbursed() bool {
	return s != StateSigning && s != StateDisbursing && s != StateCancelled
}

// Loan is one loan as it stood at the end of AsOf. Amounts are minor units of
// Currency.
type Loan struct {
	ID             LoanID
	Listing        market.ListingID
	Borrower       customer.ID
	Wallet         ledger.AccountID // the borrower's
	Collection     ledger.AccountID // what he pays goes through it
	Product        string
	ProductVersion int64
	Currency       money.Currency
	Principal      int64
	Fee            int64 // kept from the principal at disbursement
	Rate           money.Rate
	Method         loan.Method
	Instalments    int
	AutoCollect    bool
	State          State

	StartOn     calendar.Date // of the disbursement; zero before it
	AsOf        calendar.Date // zero before the disbursement
	Outstanding int64         // principal neither repaid nor written off
	Arrears     int64         // due and unpaid, all components
	Held        int64         // the borrower's money that waits for what falls due next
	Earned      int64         // contract interest since the start, due or not
	NextDueOn   calendar.Date // of the oldest instalment that is not settled; zero: none
	DaysPastDue int
	Versions    int64 // of the schedule
	Notes       int64

	RestructuredOn calendar.Date // since when new terms hold; zero: the contract's do

	OpenedAt  time.Time
	ChangedAt time.Time

	history *history // set by lockLoan
}

// history is what a locked loan is decided on: its facts and what they make.
type history struct {
	product  *origination.Product
	schedule loan.Schedule // the contract's own
	events   []loan.Event
	account  loan.Account // of events at the end of Loan.AsOf: what is booked
	pays     bool         // the holders' wallets are locked too: they can be paid at once
}

// Bucket is the loan's ageing bucket.
func (l *Loan) Bucket() loan.Bucket { return loan.BucketOf(l.DaysPastDue) }

// VisibleTo refuses an actor who may not see the loan. Refusals: ErrNotFound for
// another customer, access.ErrForbidden.
func (l *Loan) VisibleTo(actor access.Actor) error {
	return own(actor, l.Borrower, access.ReadAll)
}

// step moves a loan that is not disbursed yet. Refusal: ErrInvalidState.
func (l *Loan) step(to State) error {
	if !slices.Contains(l.State.Steps(), to) {
		return ErrInvalidState.With("a loan that is %s cannot become %s", l.State, to)
	}
	l.State = to
	return nil
}
