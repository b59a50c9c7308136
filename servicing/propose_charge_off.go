package servicing

import (
	"context"

	"openlend/access"
	"openlend/internal/db"
	"openlend/internal/id"
)

// ProposeChargeOff asks a second person to give a loan in default up. Refusals:
// access.ErrForbidden, ErrNotFound, ErrInvalidState, ErrWhy, ErrProposed.
func ProposeChargeOff(
	ctx context.Context, tx *db.Tx, ids *id.Source, actor access.Actor, of LoanID, why string,
) (Proposal, error) {
	return propose(ctx, tx, ids, actor,
		Proposal{Loan: of, Kind: ProposeToChargeOff, Why: why})
}
