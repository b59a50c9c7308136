package ledger

import (
	"context"
	"maps"
	"slices"

	"openlend/calendar"
	"openlend/internal/db"
)

// What tests outside the package look at.
var (
	SumDay       = sumDay
	LeavesToRead = leavesToRead
)

// Leaf is a leaf of the log as LeavesToRead takes it.
func Leaf(number, count int64) leaf { return leaf{number, count} }

// SealPart writes the roll-ups of the first n accounts of a date and stops, as
// a SealDate that was killed.
func SealPart(ctx context.Context, d *db.DB, date calendar.Date, n int) error {
	turnovers, err := sumDay(ctx, d, date, dayTransfers)
	if err != nil {
		return err
	}
	accounts := slices.Sorted(maps.Keys(turnovers))
	_, err = db.Write(ctx, d, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
		return struct{}{}, rollUp(ctx, tx, date, accounts[:min(n, len(accounts))], turnovers)
	})
	return err
}
