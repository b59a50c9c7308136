package ledger

import (
	"context"

	"openlend/calendar"
	"openlend/internal/db"
)

const insertClock = `INSERT INTO ledger_clock (id, business_on, sealed_through)
	VALUES (1, $1, $2) ON CONFLICT DO NOTHING`

// Start sets the first business date of an empty ledger; a ledger that has one
// keeps it.
func Start(ctx context.Context, tx *db.Tx, first calendar.Date) error {
	_, err := tx.Exec(ctx, insertClock, first.String(), first.Days(-1).String())
	return err
}
