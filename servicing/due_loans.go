package servicing

import (
	"context"

	"openlend/calendar"
	"openlend/internal/db"
)

// Due is a loan with the due date of its oldest instalment that is not settled.
type Due struct {
	Loan LoanID
	On   calendar.Date
}

// DueLoans lists loans that run and have something due by the end of a date, the
// longest due first: what closing collects and ages. after is the last one of
// the page before, zero at first; limit is 1 to 1000. Loans that are paid
// meanwhile do not disturb the paging. Refusal: ErrLimit.
func DueLoans(
	ctx context.Context, tx *db.Tx, by calendar.Date, after Due, limit int,
) ([]Due, error) {
	if limit < 1 || limit > 1000 {
		return nil, ErrLimit.In("limit")
	}
	return db.Many(ctx, tx, scanDue, selectDue,
		by.String(), dateText(after.On), int64(after.Loan), limit)
}
