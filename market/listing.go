// Package market is the primary market: accepted offers become listings, lenders
// bid for shares of them, and the bids of a listing that is funded become the
// shares of a loan.
//
// Invariants: nobody publishes or releases what he has prepared himself; what
// lenders see does not change once it is published; a listing's funded sum is
// the sum of its active bids and, under time priority, never above its
// principal; a bid that is held has exactly its amount on hold in the lender's
// wallet; every way out of a listing but allotment releases every hold, once;
// a listing that holds money has a last day.
package market

import (
	"slices"
	"time"

	"openlend/calendar"
	"openlend/customer"
	"openlend/internal/id"
	"openlend/loan"
	"openlend/money"
	"openlend/origination"
)

// ListingID names a listing.
type ListingID int64

// String shows the id as the outside sees it: lst_….
func (l ListingID) String() string { return id.Format("lst", int64(l)) }

// ParseListingID reads what String wrote. Refusal: id.ErrMalformed.
func ParseListingID(s string) (ListingID, error) {
	n, err := id.Parse("lst", s)
	return ListingID(n), err
}

// State is where a listing stands.
//
//	draft ──► in_review ──► scheduled ──► open ──► funded ──► in_final_review
//	             │ ▲ └────────────────────►▲         │               │
//	             ▼ │                                 │               ▼
//	  refused, returned                              │            allotted ──► closed
//
//	open, funded, in_final_review ──► failed
//	every state from draft to allotted ──► cancelled
//
// A returned listing is prepared again and goes to review. A listing fails when
// its deadline passes short of its target, when nobody decides in time, and when
// the final review refuses. Whatever it held is released by the saga "unwinding".
type State string

// The states of a listing.
const (
	Draft         State = "draft"           // made from an accepted offer
	InReview      State = "in_review"       // prepared, waits for a second person
	Returned      State = "returned"        // the second person wants it changed
	Refused       State = "refused"         // never published
	Scheduled     State = "scheduled"       // published, opens at OpensAt
	Open          State = "open"            // takes bids through ClosesOn
	Funded        State = "funded"          // has reached its target: no bid comes or goes
	InFinalReview State = "in_final_review" // waits for a second person to release it
	Allotted      State = "allotted"        // decided; the bids move into escrow, then it waits
	Closed        State = "closed"          // paid out: it is a loan now
	Failed        State = "failed"
	Cancelled     State = "cancelled"
)

var steps = map[State][]State{
	Draft:         {InReview, Cancelled},
	InReview:      {Scheduled, Open, Returned, Refused, Cancelled},
	Returned:      {InReview, Cancelled},
	Refused:       {},
	Scheduled:     {Open, Cancelled},
	Open:          {Funded, Failed, Cancelled},
	Funded:        {InFinalReview, Failed, Cancelled},
	InFinalReview: {Allotted, Failed, Cancelled},
	Allotted:      {Closed, Cancelled},
	Closed:        {},
	Failed:        {},
	Cancelled:     {},
}

// States lists all states of a listing.
func States() []State {
	return []State{Draft, InReview, Returned, Refused, Scheduled, Open, Funded, InFinalReview,
		Allotted, Closed, Failed, Cancelled}
}

// Steps lists the legal next states.
func (s State) Steps() []State { return steps[s] }

// Published says whether everybody may see a listing in this state.
func (s State) Published() bool {
	switch s {
	case Scheduled, Open, Funded, InFinalReview, Allotted, Closed, Failed, Cancelled:
		return true
	}
	return false
}

// Listing is a loan that is offered to lenders. Amounts without a currency are
// minor units of the principal's.
type Listing struct {
	ID             ListingID
	Offer          origination.OfferID
	Borrower       customer.ID // 0 when it is shown to somebody who need not know
	Product        string
	ProductVersion int64
	Grade, Purpose string
	Title          string // written by the maker; never changed after publication
	Description    string
	Principal      money.Amount
	Rate           money.Rate // nominal, a year
	Method         loan.Method
	Instalments    int
	APR            money.Rate

	MinBid        int64      // of one bid; what remains may always be taken as a whole
	BidStep       int64      // bids are MinBid and so many steps
	MaxBid        int64      // of one lender on this listing, MaxShare applied
	MaxShare      money.Rate // of the principal, of one lender
	MinFunded     int64      // reached on ClosesOn it is funded; the principal: no partial funding
	OpenDays      int
	CancelMinutes int // a bid can be taken back for so long; 0: never
	Policy        origination.Oversubscription

	State     State
	Why       string        // of the last return, refusal, failure or cancellation
	OpensAt   time.Time     // zero: at once when it is published
	ClosesOn  calendar.Date // the last business date for bids; zero before it opens
	DecideBy  calendar.Date // the last business date for the final review; zero before funded
	Funded    int64         // sum of active bids
	Allotted  int64         // the part of Funded that lies in escrow
	Bids      int64         // how many active bids
	Maker     string        // principal of who prepared it
	Checker   string        // of who reviewed that last
	Submitter string        // of who submitted it for the final review
	Releaser  string        // of who decided there

	CreatedAt time.Time
	ChangedAt time.Time // of the state or of a bid
}

// Remaining is what is not reserved yet: 0 when bids have reached the principal,
// even where more may be bid.
func (l *Listing) Remaining() int64 { return max(0, l.Principal.Minor()-l.Funded) }

// step moves the listing. Refusal: ErrInvalidState.
func (l *Listing) step(to State, now time.Time) error {
	if !slices.Contains(l.State.Steps(), to) {
		return ErrInvalidState.With("a listing that is %s cannot become %s", l.State, to)
	}
	l.State, l.ChangedAt = to, now
	return nil
}

// openNow lets lenders bid from a business date on.
func (l *Listing) openNow(on calendar.Date, now time.Time) error {
	if err := l.step(Open, now); err != nil {
		return err
	}
	if l.OpensAt.IsZero() {
		l.OpensAt = now
	}
	l.ClosesOn = on.Days(l.OpenDays)
	return nil
}

// fund ends the bidding with success. The final review has as long as the
// bidding: money is not held for ever because nobody decides.
func (l *Listing) fund(on calendar.Date, now time.Time) error {
	if err := l.step(Funded, now); err != nil {
		return err
	}
	l.DecideBy = on.Days(l.OpenDays)
	return nil
}
