// Package note is the register of shares: who owns which part of which loan,
// what of it is outstanding, and what it has brought its holder so far.
//
// Invariants: the faces of a loan's notes sum to its principal; at every instant
// the outstanding of its active notes sums to the loan's; what the notes have
// been paid of a component sums to what the lenders of the loan got of it; no
// note is ever owed more than two minor units of what it was entitled to, or has
// been paid so much too much; a note has one owner at a time.
//
// Rows of one loan change only under the lock of that loan (servicing).
package note

import (
	"openlend/calendar"
	"openlend/customer"
	"openlend/internal/id"
	"openlend/ledger"
	"openlend/loan"
	"openlend/money"
)

// LoanID names a loan.
type LoanID int64

// String shows the id as it is shown outside: loan_….
func (l LoanID) String() string { return id.Format("loan", int64(l)) }

// ParseLoanID reads what String wrote. Refusal: id.ErrMalformed.
func ParseLoanID(s string) (LoanID, error) {
	n, err := id.Parse("loan", s)
	return LoanID(n), err
}

// ID names a note.
type ID int64

// String shows the id as it is shown outside: note_….
func (n ID) String() string { return id.Format("note", int64(n)) }

// ParseID reads what String wrote. Refusal: id.ErrMalformed.
func ParseID(s string) (ID, error) {
	n, err := id.Parse("note", s)
	return ID(n), err
}

// State is where a note stands.
//
//	active ───► sold           replaced by notes of its buyers
//	active ◄──► repaid         nothing is outstanding; back when a payment bounces
//	active ◄──► written_off    the loan was charged off; back when a payment that
//	                           became known later shows that it was good
//	repaid ◄──► written_off    recovered in full; back when that bounces
type State string

// The states.
const (
	Active     State = "active"
	Sold       State = "sold"
	Repaid     State = "repaid"
	WrittenOff State = "written_off"
)

var steps = map[State][]State{
	Active:     {Sold, Repaid, WrittenOff},
	Sold:       {},
	Repaid:     {Active, WrittenOff},
	WrittenOff: {Active, Repaid},
}

// States lists all states.
func States() []State { return []State{Active, Sold, Repaid, WrittenOff} }

// Steps lists the legal next states.
func (s State) Steps() []State { return steps[s] }

// Note is one lender's share of one loan. Amounts are minor units of Currency.
type Note struct {
	ID       ID
	Loan     LoanID
	Nr       int64 // within the loan, from 1
	Bid      int64 // the bid it came from
	Holder   customer.ID
	Wallet   ledger.AccountID // of the holder, where its money goes
	SinceOn  calendar.Date    // the first day of this holder
	Currency money.Currency
	Face     int64 // its part of the principal lent
	IssuedOn calendar.Date

	State       State
	Outstanding int64
	Paid        loan.Parts // since it was issued, before the platform's fee
	Fee         int64      // what of the interest the platform kept
}

// pay makes a note's cumulative payments what they are now, and with them what
// is outstanding and its state. writtenOff: its loan is charged off.
func (n *Note) pay(paid loan.Parts, fee int64, writtenOff bool) {
	n.Paid, n.Fee = paid, fee
	n.Outstanding = n.Face - paid[loan.PrincipalPart]
	switch {
	case n.State == Sold:
		n.Outstanding = 0 // it is outstanding on the notes that took its place
	case n.Outstanding == 0:
		n.State = Repaid
	case writtenOff:
		n.State, n.Outstanding = WrittenOff, 0
	default:
		n.State = Active
	}
}
