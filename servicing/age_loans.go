package servicing

import (
	"context"

	"openlend/calendar"
	"openlend/internal/db"
	"openlend/internal/id"
)

// AgeLoans lets the days of loans pass up to the end of a date: days past due,
// late fee and penalty follow from the replay, money on hold pays what has fallen
// due, and a loan that has become late or defaulted steps and says so. No money
// of the platform moves: holders of a late loan get nothing until it comes in.
// Loans that stand at that date or later already are left alone, so a piece may
// be run again. At most 200 loans at a time. It returns how many were aged.
// Refusal: ErrNotFound.
func AgeLoans(
	ctx context.Context, tx *db.Tx, ids *id.Source, loans []LoanID, on calendar.Date,
) (aged int, err error) {
	locked, err := lockLoans(ctx, tx, ids, false, loans)
	if err != nil {
		return 0, err
	}
	changes := make([]change, 0, len(locked))
	for _, l := range locked {
		if l.State.Disbursed() && l.AsOf < on {
			changes = append(changes, change{loan: l})
		}
	}
	return len(changes), recordAll(ctx, tx, ids, on, changes)
}
