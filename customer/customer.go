// Package customer knows the people and companies that lend and borrow: who they
// are, whether that has been verified, what they have agreed to, and where their
// money may be paid out to.
//
// Invariants: one national id is one customer; personal data is stored sealed,
// field by field, under a key of its customer that no backup of the database
// holds, and never stands in an event, an error or a log; whoever is shown it
// leaves a record; nobody borrows, lends or withdraws who is not verified, or is
// frozen; what was accepted is kept to the byte; a bank account is used only when
// it is in the customer's own name and past its cool-off.
package customer

import (
	"time"

	"openlend/internal/db"
	"openlend/internal/id"
)

// ID names a customer.
type ID int64

// String shows the id as it is shown outside: cus_….
func (i ID) String() string { return id.Format("cus", int64(i)) }

// ParseID reads cus_…. Refusal: id.ErrMalformed.
func ParseID(s string) (ID, error) {
	n, err := id.Parse("cus", s)
	return ID(n), err
}

// Kind is what sort of customer somebody is.
type Kind string

// The kinds.
const (
	Person  Kind = "person"
	Company Kind = "company"
)

// Status is where a customer stands:
//
//	new ──────► verified        a check of identity has succeeded
//	new, verified ──► frozen    staff, with a reason
//	frozen ──► new, verified    staff: back to what he was, or has become meanwhile
type Status string

// The statuses. A frozen customer's money may come in, but he starts nothing.
const (
	New      Status = "new"
	Verified Status = "verified"
	Frozen   Status = "frozen"
)

var statusSteps = map[Status][]Status{
	New:      {Verified, Frozen},
	Verified: {Frozen},
	Frozen:   {New, Verified},
}

// Steps lists where a status may go.
func (s Status) Steps() []Status { return statusSteps[s] }

// Customer is what decisions are taken on. Who he is stays sealed: see Reveal.
type Customer struct {
	ID           ID
	Kind         Kind
	Status       Status
	Borrower     bool
	Lender       bool
	Country      string // ISO 3166-1, of the national id
	RegisteredAt time.Time
	VerifiedAt   time.Time // zero: never

	BorrowTerms int64 // newest version accepted, 0: none
	LendTerms   int64

	newestBorrow int64 // newest version published, 0: none
	newestLend   int64
}

// lockCustomer comes before all money: what a customer is decides what he may
// start, and no operation learns that late.
var lockCustomer = db.LockClass{Rank: 10, Table: "customer", Key: "id"}

// MayBorrow says whether he may apply for loans, accept offers and draw money.
// Refusals: ErrFrozen, ErrUnverified, ErrNotBorrower, ErrTerms.
func (c *Customer) MayBorrow() error {
	if err := c.MayWithdraw(); err != nil {
		return err
	}
	switch {
	case !c.Borrower:
		return ErrNotBorrower
	case c.BorrowTerms < c.newestBorrow:
		return ErrTerms.With("version %d of the borrowers' terms must be accepted first",
			c.newestBorrow)
	}
	return nil
}

// MayLend says whether he may bid. Refusals: ErrFrozen, ErrUnverified,
// ErrNotLender, ErrTerms.
func (c *Customer) MayLend() error {
	if err := c.MayWithdraw(); err != nil {
		return err
	}
	switch {
	case !c.Lender:
		return ErrNotLender
	case c.LendTerms < c.newestLend:
		return ErrTerms.With("version %d of the lenders' terms must be accepted first",
			c.newestLend)
	}
	return nil
}

// MayWithdraw says whether money may leave to him. It asks for no terms: nobody
// has to agree to anything to get his own money back. Refusals: ErrFrozen,
// ErrUnverified.
func (c *Customer) MayWithdraw() error {
	switch c.Status {
	case Frozen:
		return ErrFrozen
	case Verified:
		return nil
	}
	return ErrUnverified
}
