package ledger

import (
	"context"

	"openlend/calendar"
	"openlend/internal/db"
)

// Start sets the first business date of an empty ledger; a ledger that has one
// keeps it.
func Start(ctx context.Context, tx *db.Tx, first calendar.Date) error {
	_, err := tx.Exec(ctx, insertClock, first.String(), first.Days(-1).String())
	return err
}
