package origination

import (
	"slices"
	"time"

	"openlend/access"
	"openlend/calendar"
	"openlend/customer"
	"openlend/internal/id"
	"openlend/loan"
	"openlend/money"
)

// OfferID is the identifier of an offer.
type OfferID int64

// String is the id as the outside sees it.
func (o OfferID) String() string { return id.Format("off", int64(o)) }

// ParseOfferID reads what String wrote. Refusal: id.ErrMalformed.
func ParseOfferID(s string) (OfferID, error) {
	n, err := id.Parse("off", s)
	return OfferID(n), err
}

// OfferState is where an offer stands.
//
//	open --> accepted    by the borrower, once
//	     --> declined    by the borrower
//	     --> expired     the business date has passed ExpiresOn
//	     --> withdrawn   with its application, or for another offer
type OfferState string

// The states of an offer.
const (
	OfferOpen      OfferState = "open"
	OfferAccepted  OfferState = "accepted"
	OfferDeclined  OfferState = "declined"
	OfferExpired   OfferState = "expired"
	OfferWithdrawn OfferState = "withdrawn"
)

var offerSteps = map[OfferState][]OfferState{
	OfferOpen:     {OfferAccepted, OfferDeclined, OfferExpired, OfferWithdrawn},
	OfferAccepted: {}, OfferDeclined: {}, OfferExpired: {}, OfferWithdrawn: {},
}

// OfferStates lists all states.
func OfferStates() []OfferState {
	return []OfferState{OfferOpen, OfferAccepted, OfferDeclined, OfferExpired, OfferWithdrawn}
}

// Steps lists the legal next states.
func (s OfferState) Steps() []OfferState { return offerSteps[s] }

// Offer is what the platform offers to arrange for an approved application.
// Amounts without a currency are minor units of the principal's.
type Offer struct {
	ID             OfferID
	Application    ApplicationID
	Borrower       customer.ID
	Product        string
	ProductVersion int64
	Grade, Purpose string
	Principal      money.Amount
	Rate           money.Rate // nominal, a year
	Method         loan.Method
	Instalments    int
	Fee            int64         // kept from the principal at disbursement
	APR            money.Rate    // the price with the fee; shown wherever the rate is
	TotalPayable   int64         // principal and interest of the indicative schedule
	StartOn        calendar.Date // indicative: the schedule is as if disbursed then
	Schedule       loan.Schedule // indicative
	ExpiresOn      calendar.Date // the last business date on which it is good
	State          OfferState
	Maker          string // principal of who made it
	CreatedAt      time.Time
	ChangedAt      time.Time // of the state
}

// Terms are the terms of a loan of this offer that is disbursed on start, under
// its product.
func (o *Offer) Terms(p *Product, start calendar.Date) loan.Terms {
	return p.terms(Request{
		Principal: o.Principal, Method: o.Method, Instalments: o.Instalments,
	}, o.Rate, start)
}

// NetDisbursed is what reaches the borrower.
func (o *Offer) NetDisbursed() int64 { return o.Principal.Minor() - o.Fee }

// step moves the offer. Refusal: ErrInvalidState.
func (o *Offer) step(to OfferState) error {
	if !slices.Contains(o.State.Steps(), to) {
		return ErrInvalidState.With("%s cannot become %s", o.State, to)
	}
	o.State = to
	return nil
}

// VisibleTo refuses an actor who may not see the offer. Refusals:
// ErrOfferNotFound for another customer, access.ErrForbidden.
func (o *Offer) VisibleTo(actor access.Actor) error {
	return own(actor, o.Borrower, access.ReadAll, ErrOfferNotFound)
}
