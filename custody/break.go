package custody

import (
	"time"

	"openlend/internal/id"
	"openlend/money"
)

// BreakID names a break.
type BreakID int64

const breakPrefix = "brk"

// String shows the id as it is shown outside: brk_….
func (b BreakID) String() string { return id.Format(breakPrefix, int64(b)) }

// ParseBreakID reads what String wrote. Refusal: id.ErrMalformed.
func ParseBreakID(s string) (BreakID, error) {
	n, err := id.Parse(breakPrefix, s)
	return BreakID(n), err
}

// BreakKind is how our books and the bank's disagree.
type BreakKind string

// The kinds, and what Subject names.
const (
	BreakContradiction BreakKind = "contradiction" // payout: the bank says the opposite of its end
	BreakAmount        BreakKind = "amount"        // payout: the bank moved another amount
	BreakSecondLine    BreakKind = "second_line"   // payout: two lines for one payment
	BreakEarly         BreakKind = "early"         // payout: the bank had it before our books sent it
	BreakUnknownOrder  BreakKind = "unknown_order" // line: it shows an order that is not ours
	BreakLineAltered   BreakKind = "line_altered"  // line: it reads otherwise than before
	BreakLineMissing   BreakKind = "line_missing"  // line: the bank's numbers skip it
	BreakDifference    BreakKind = "difference"    // position: client money differs
)

// BreakState says whether somebody still has to look.
//
//	open ─► closed
type BreakState string

// The states.
const (
	BreakOpen   BreakState = "open"
	BreakClosed BreakState = "closed"
)

// Steps are the states that may follow.
func (s BreakState) Steps() []BreakState {
	if s == BreakOpen {
		return []BreakState{BreakClosed}
	}
	return nil
}

// Break is one disagreement with the bank: it has an owner, grows old, and moves
// no money by itself.
type Break struct {
	ID       BreakID
	Kind     BreakKind
	Currency money.Currency
	Subject  string
	What     string // one sentence, without personal data
	Owner    string // whose work it is: a principal, or a role
	State    BreakState
	OpenedAt time.Time
	ClosedAt time.Time // zero while open
	ClosedBy string
	Note     string // of who closed it
}

// firstOwner has every break until somebody takes it over.
const firstOwner = "role:treasurer"
