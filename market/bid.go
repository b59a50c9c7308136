package market

import (
	"slices"
	"time"

	"openlend/calendar"
	"openlend/customer"
	"openlend/internal/id"
	"openlend/ledger"
	"openlend/money"
	"openlend/origination"
)

// BidID names a bid.
type BidID int64

// String shows the id as the outside sees it: bid_….
func (b BidID) String() string { return id.Format("bid", int64(b)) }

// ParseBidID reads what String wrote. Refusal: id.ErrMalformed.
func ParseBidID(s string) (BidID, error) {
	n, err := id.Parse("bid", s)
	return BidID(n), err
}

// BidState is where a bid stands.
//
//	held ──► allotted ──► released    the loan was never paid out: refunded from escrow
//	  │ └──────────────►  released    the listing failed or was cancelled
//	  └─► cancelled                   by the lender, while the listing is open
type BidState string

// The states of a bid.
const (
	BidHeld      BidState = "held"      // its amount is on hold in the lender's wallet
	BidAllotted  BidState = "allotted"  // its share lies in escrow or has become a note
	BidReleased  BidState = "released"  // the money is the lender's again
	BidCancelled BidState = "cancelled" // the same, by his own will
)

var bidSteps = map[BidState][]BidState{
	BidHeld:      {BidAllotted, BidReleased, BidCancelled},
	BidAllotted:  {BidReleased},
	BidReleased:  {},
	BidCancelled: {},
}

// BidStates lists all states of a bid.
func BidStates() []BidState { return []BidState{BidHeld, BidAllotted, BidReleased, BidCancelled} }

// Steps lists the legal next states.
func (s BidState) Steps() []BidState { return bidSteps[s] }

// Bid is a lender's binding offer to take a share of a listing.
type Bid struct {
	ID        BidID
	Listing   ListingID
	Lender    customer.ID
	Wallet    ledger.AccountID
	Amount    money.Amount // what was held
	Allotted  int64        // what became a share, minor units: less than Amount only under pro rata
	State     BidState
	PlacedAt  time.Time
	ChangedAt time.Time // of the state
}

// step moves the bid. Refusal: ErrInvalidState.
func (b *Bid) step(to BidState, now time.Time) error {
	if !slices.Contains(b.State.Steps(), to) {
		return ErrInvalidState.With("a bid that is %s cannot become %s", b.State, to)
	}
	b.State, b.ChangedAt = to, now
	return nil
}

// active is what the bid counts for in its listing's Funded.
func (b *Bid) active() int64 {
	switch b.State {
	case BidHeld:
		return b.Amount.Minor()
	case BidAllotted:
		return b.Allotted
	}
	return 0
}

// accept decides whether the listing takes a bid of an amount from a lender who
// has staked so much in it, on a business date. It changes nothing.
func (l *Listing) accept(
	lender customer.ID, amount money.Amount, staked int64, on calendar.Date,
) error {
	switch {
	case l.taken() && l.Remaining() == 0:
		return ErrFullyFunded
	case l.State != Open || on > l.ClosesOn:
		return ErrClosed
	case lender == l.Borrower:
		return ErrOwnListing
	case amount.Currency() != l.Principal.Currency():
		return ErrCurrency.With("bids on this listing are in %s", l.Principal.Currency())
	case amount.Sign() <= 0:
		return ErrBidTooSmall.With("the smallest bid is %s", l.amount(l.MinBid))
	case l.full():
		return ErrFullyFunded
	}
	if err := l.fits(amount.Minor()); err != nil {
		return err
	}
	if staked > l.MaxBid-amount.Minor() { // neither side can overflow: all are above zero
		return ErrBidTooLarge.With("one lender may take %s of this listing, %s is left to you",
			l.amount(l.MaxBid), l.amount(max(0, l.MaxBid-staked)))
	}
	return nil
}

// limitsOne says whether one lender can reach his limit before the listing is
// full: only then what he has staked matters.
func (l *Listing) limitsOne() bool {
	return l.MaxBid < l.Principal.Minor() || l.Policy == origination.ProRata
}

// taken says whether the bidding has ended with success.
func (l *Listing) taken() bool {
	return l.State == Funded || l.State == InFinalReview || l.State == Allotted || l.State == Closed
}

// full says whether no further bid can be given a share: nothing remains or,
// under pro rata, there are as many bids as smallest pieces.
func (l *Listing) full() bool {
	if l.Policy == origination.ProRata {
		return l.Bids >= max(1, l.Principal.Minor()/l.MinBid)
	}
	return l.Remaining() == 0
}

// fits checks an amount's size. Under time priority what remains can always be
// taken as a whole, or the last piece of a listing might fit nobody.
func (l *Listing) fits(amount int64) error {
	least := l.MinBid
	if l.Policy == origination.TimePriority {
		remaining := l.Remaining()
		if amount == remaining {
			return nil
		}
		if amount > remaining {
			return ErrExceedsRemaining.With("only %s of this listing is left", l.amount(remaining))
		}
		least = min(least, remaining)
	} else if _, err := money.AddMinor(l.Funded, amount); err != nil {
		return err
	}
	if amount < l.MinBid {
		return ErrBidTooSmall.With("the smallest bid is %s", l.amount(least))
	}
	if (amount-l.MinBid)%l.BidStep != 0 {
		return ErrBidStep.With("a bid is %s and any number of steps of %s",
			l.amount(l.MinBid), l.amount(l.BidStep))
	}
	return nil
}

func (l *Listing) amount(minor int64) money.Amount {
	return money.New(minor, l.Principal.Currency())
}

// take counts an accepted bid and says whether the listing has reached its
// principal and takes no more.
func (l *Listing) take(b *Bid) (reached bool) {
	l.Funded += b.Amount.Minor()
	l.Bids++
	return l.Policy == origination.TimePriority && l.Remaining() == 0
}
