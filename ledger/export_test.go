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

// Leaves are leaves from a number on with so many transfers each.
func Leaves(number int64, counts []int64) []leaf {
	leaves := make([]leaf, len(counts))
	for i, n := range counts {
		leaves[i] = leaf{number + int64(i), n}
	}
	return leaves
}

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
