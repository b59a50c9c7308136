package ledger

import (
	"context"

	"openlend/internal/db"
)

// OpenHolds lists what is held in an account now, in the order of the causes'
// ids, which is that of time: at most limit holds (1,000 when 0) after a cause;
// the zero Cause begins.
func OpenHolds(
	ctx context.Context, tx *db.Tx, account AccountID, after Cause, limit int,
) ([]Hold, error) {
	if limit <= 0 || limit > openHoldsMax {
		limit = openHoldsMax
	}
	open, err := loadOpenHolds(ctx, tx, account, after, limit)
	holds := make([]Hold, len(open))
	for i, h := range open {
		holds[i] = *h
	}
	return holds, err
}

const openHoldsMax = 1000
