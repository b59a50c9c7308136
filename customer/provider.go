package customer

import (
	"context"
	"slices"

	"openlend/calendar"
	"openlend/internal/crypt"
	"openlend/internal/db"
	"openlend/ledger"
)

// Provider says who somebody is: our own rules (BuiltIn) or a service outside.
// Check is called with no transaction open, may be called again for the same
// facts, and an error means that nothing is known: nobody is verified by one.
type Provider struct {
	Name  string
	Check func(ctx context.Context, f Facts) (Finding, error)
}

// Facts are what a provider is told: what the customer says of himself and what
// his document says. They print as hidden.
type Facts struct {
	hidden

	Kind     Kind
	Claimed  Identity
	Document Document
	On       calendar.Date // the business date
}

// Finding is a provider's answer: verified without reasons, or referred to a
// person or refused with some.
type Finding struct {
	State   CheckState
	Reasons []Reason
}

// Reason is why a check was referred or refused, for programs to read.
type Reason string

// The reasons of the built-in provider and of our staff. Another provider may
// have its own: small letters, digits and underscores.
const (
	ReasonDocumentKind   Reason = "document_kind"   // not one of that kind of customer
	ReasonDocumentNumber Reason = "document_number" // not the number that was claimed
	ReasonName           Reason = "name_mismatch"
	ReasonBirthDate      Reason = "birth_date_mismatch"
	ReasonIssuer         Reason = "issuer_unknown"
	ReasonIssued         Reason = "issued_in_the_future"
	ReasonExpired        Reason = "document_expired"
	ReasonUnderage       Reason = "underage"
	ReasonCheckDigit     Reason = "national_id_check_digit"
	ReasonRegion         Reason = "national_id_region"
	ReasonIDBirthDate    Reason = "national_id_birth_date"
	ReasonTest           Reason = "asked_for_by_test"
	ReasonStaff          Reason = "staff_decision"
	ReasonForgotten      Reason = "customer_forgotten" // before anybody could look
)

// check refuses an answer that makes no sense. Refusal: ErrFinding.
func (f Finding) check() error {
	if !slices.Contains(CheckPending.Steps(), f.State) ||
		(f.State == CheckVerified) != (len(f.Reasons) == 0) {
		return ErrFinding
	}
	for _, reason := range f.Reasons {
		if !reason.proper() {
			return ErrFinding
		}
	}
	return nil
}

func (r Reason) proper() bool {
	for _, c := range []byte(r) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return r != "" && len(r) <= 60
}

// factsOf opens what a provider is to be told about a check. Refusals:
// ErrNoCheck, crypt.ErrForgotten.
func factsOf(
	ctx context.Context, tx *db.Tx, vault *crypt.Vault, check CheckID,
) (Facts, error) {
	row, err := loadCheck(ctx, tx, check)
	if err != nil {
		return Facts{}, err
	}
	c, err := Get(ctx, tx, row.Customer)
	if err != nil {
		return Facts{}, err
	}
	sealed, err := loadIdentity(ctx, tx, row.Customer)
	if err != nil {
		return Facts{}, err
	}
	claimed, err := sealed.open(ctx, vault, c.Country)
	if err != nil {
		return Facts{}, err
	}
	document, err := row.open(ctx, vault)
	if err != nil {
		return Facts{}, err
	}
	dates, err := ledger.ReadDates(ctx, tx)
	return Facts{Kind: c.Kind, Claimed: claimed, Document: document, On: dates.BusinessOn}, err
}
