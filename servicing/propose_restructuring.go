package servicing

import (
	"context"

	"openlend/access"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/loan"
)

// NewRestructuring are new terms that the borrower has asked for. They hold for
// the principal that is outstanding on the day they are approved.
type NewRestructuring struct {
	Loan    LoanID
	Terms   loan.NewTerms
	Consent string // by what rule or mandate the holders agree
	Why     string
}

// ProposeRestructuring asks a second person to agree to new terms. Terms that
// make no plan are refused now. Refusals: access.ErrForbidden, ErrNotFound,
// ErrInvalidState for a loan that has ended, ErrWhy, ErrProposed, those of
// loan.NewTerms.
func ProposeRestructuring(
	ctx context.Context, tx *db.Tx, ids *id.Source, actor access.Actor, in NewRestructuring,
) (Proposal, error) {
	if err := checkWhy("consent", in.Consent); err != nil {
		return Proposal{}, err
	}
	return propose(ctx, tx, ids, actor, Proposal{Loan: in.Loan, Kind: ProposeToRestructure,
		Terms: in.Terms, Consent: in.Consent, Why: in.Why})
}
