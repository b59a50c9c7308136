// Package origination turns a wish to borrow into an offer that is accepted:
// product settings, application, decision, offer. It moves no money.
//
// Invariants: settings live in versioned products that two people made, and a
// version never changes; an application is judged and its offer priced under
// the version that was in force when it was submitted; every decision is kept
// with its reasons and all that it was made from; what the rules have referred
// only a person decides; an offer's rate lies within the bounds of its grade,
// and it is accepted once, by its borrower, while it is good.
package origination

import (
	"slices"
	"time"

	"openlend/access"
	"openlend/customer"
	"openlend/internal/id"
	"openlend/loan"
	"openlend/money"
)

// ApplicationID is the identifier of an application.
type ApplicationID int64

// String is the id as the outside sees it.
func (a ApplicationID) String() string { return id.Format("app", int64(a)) }

// ParseApplicationID reads what String wrote. Refusal: id.ErrMalformed.
func ParseApplicationID(s string) (ApplicationID, error) {
	n, err := id.Parse("app", s)
	return ApplicationID(n), err
}

// ApplicationState is where an application stands.
//
//	draft --> submitted -----------> approved --> accepted
//	             |   '--> referred -----^  '----> lapsed
//	             |            |
//	             '------------'----> declined
//
//	draft, submitted, referred, approved --> withdrawn
//
// The rules decide what is submitted, at once; what they refer a person
// decides. An approved application is accepted with its offer and lapses when
// the borrower declines the offer or lets it run out.
type ApplicationState string

// The states of an application.
const (
	Draft     ApplicationState = "draft"
	Submitted ApplicationState = "submitted"
	Referred  ApplicationState = "referred" // waits for a person
	Approved  ApplicationState = "approved" // has an offer, or waits for one
	Declined  ApplicationState = "declined"
	Withdrawn ApplicationState = "withdrawn"
	Accepted  ApplicationState = "accepted" // there will be a listing
	Lapsed    ApplicationState = "lapsed"   // the offer was declined or has run out
)

var applicationSteps = map[ApplicationState][]ApplicationState{
	Draft:     {Submitted, Withdrawn},
	Submitted: {Referred, Approved, Declined, Withdrawn},
	Referred:  {Approved, Declined, Withdrawn},
	Approved:  {Accepted, Lapsed, Withdrawn},
	Declined:  {}, Withdrawn: {}, Accepted: {}, Lapsed: {},
}

// ApplicationStates lists all states.
func ApplicationStates() []ApplicationState {
	return []ApplicationState{
		Draft, Submitted, Referred, Approved, Declined, Withdrawn, Accepted, Lapsed,
	}
}

// Steps lists the legal next states.
func (s ApplicationState) Steps() []ApplicationState { return applicationSteps[s] }

// Open says whether something may still come of it.
func (s ApplicationState) Open() bool { return len(applicationSteps[s]) > 0 }

// Application is a borrower's wish and what became of it.
type Application struct {
	ID             ApplicationID
	Borrower       customer.ID
	Product        string
	ProductVersion int64 // in force when it was submitted; of a draft, when it was last changed
	Request        Request
	State          ApplicationState
	Grade          string   // of the last decision, "" while there is none
	Reasons        []Reason // of the last decision
	CreatedAt      time.Time
	ChangedAt      time.Time // of the state, or of a draft
}

// Request is what a borrower asks for.
type Request struct {
	Principal   money.Amount
	Purpose     string
	Method      loan.Method
	Instalments int
	Facts       Facts
}

// step moves the application. Refusal: ErrInvalidState.
func (a *Application) step(to ApplicationState) error {
	if !slices.Contains(a.State.Steps(), to) {
		return ErrInvalidState.With("%s cannot become %s", a.State, to)
	}
	a.State = to
	return nil
}

// VisibleTo refuses an actor who may not see the application. Refusals:
// ErrApplicationNotFound for another customer, access.ErrForbidden.
func (a *Application) VisibleTo(actor access.Actor) error {
	return own(actor, a.Borrower, access.ReadAll, ErrApplicationNotFound)
}
