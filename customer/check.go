package customer

import (
	"context"
	"time"

	"openlend/calendar"
	"openlend/internal/db"
	"openlend/internal/id"
)

// CheckID names a check of identity.
type CheckID int64

// String shows the id as it is shown outside: chk_….
func (c CheckID) String() string { return id.Format("chk", int64(c)) }

// ParseCheckID reads chk_…. Refusal: id.ErrMalformed.
func ParseCheckID(s string) (CheckID, error) {
	n, err := id.Parse("chk", s)
	return CheckID(n), err
}

// CheckState is where a check stands:
//
//	pending ──► verified, refused     the provider is sure
//	pending ──► referred              a person must look
//	referred ──► verified, refused    a person has decided
//
// A provider that fails or says nothing leaves it pending. After a refusal the
// customer may hand in another document: a new check.
type CheckState string

// The states of a check.
const (
	CheckPending  CheckState = "pending"
	CheckReferred CheckState = "referred"
	CheckVerified CheckState = "verified"
	CheckRefused  CheckState = "refused"
)

var checkSteps = map[CheckState][]CheckState{
	CheckPending:  {CheckVerified, CheckReferred, CheckRefused},
	CheckReferred: {CheckVerified, CheckRefused},
}

// Steps lists where a state may go.
func (s CheckState) Steps() []CheckState { return checkSteps[s] }

// Check is one document and what came of it.
type Check struct {
	ID          CheckID
	Customer    ID
	State       CheckState
	Provider    string   // "": it has not answered
	Reasons     []Reason // why it was referred or refused
	SubmittedAt time.Time
	FoundAt     time.Time // when the provider answered, zero: it has not
	DecidedAt   time.Time // when a person decided, zero: nobody has

	maker string
}

// DocumentKind is what sort of paper proves who somebody is.
type DocumentKind string

// The documents. Companies have extracts of the register they are in, people
// the others.
const (
	IDCard          DocumentKind = "id_card" // its number is the national id
	Passport        DocumentKind = "passport"
	ResidencePermit DocumentKind = "residence_permit"
	RegisterExtract DocumentKind = "register_extract" // its number is the register's
)

// Document is a paper as its owner copied it. It prints as hidden.
type Document struct {
	hidden

	Kind      DocumentKind
	Number    string
	Name      string        // as printed on it
	BirthOn   calendar.Date // of a company: the day it was founded
	Issuer    string        // ISO 3166-1 alpha-2
	IssuedOn  calendar.Date
	ExpiresOn calendar.Date // last day it is good; zero: never
}

// complete refuses a document that no provider could do anything with: whether it
// is good is for the provider to say. Refusal: ErrDocument.
func (d Document) complete() error {
	switch {
	case plainNumber(d.Number) == "" || len(d.Number) > 40:
		return ErrDocument.In("number")
	case d.Name == "" || len(d.Name) > 400:
		return ErrDocument.In("name")
	case !d.BirthOn.Valid():
		return ErrDocument.In("birth_date")
	case len(d.Issuer) != 2:
		return ErrDocument.In("issuer")
	case !d.IssuedOn.Valid():
		return ErrDocument.In("issued_on")
	}
	return nil
}

// GetCheck gets a check as it is now. Refusal: ErrNoCheck.
func GetCheck(ctx context.Context, tx *db.Tx, check CheckID) (Check, error) {
	row, err := loadCheck(ctx, tx, check)
	return row.Check, err
}

// CheckQuery asks for a page of checks, newest first.
type CheckQuery struct {
	Customer ID         // 0: of all
	State    CheckState // "": in all
	After    CheckID    // the last one of the page before, 0: from the newest
	Limit    int        // 1 to 200, 0: 50
}

// ListChecks lists checks, newest first. Refusal: ErrLimit.
func ListChecks(ctx context.Context, tx *db.Tx, q CheckQuery) ([]Check, error) {
	limit, err := pageLimit(q.Limit)
	if err != nil {
		return nil, err
	}
	if q.After == 0 {
		q.After = maxID
	}
	rows, err := db.Many(ctx, tx, scanCheck, selectCheckPage,
		int64(q.Customer), string(q.State), int64(q.After), limit)
	checks := make([]Check, len(rows))
	for i, row := range rows {
		checks[i] = row.Check
	}
	return checks, err
}
