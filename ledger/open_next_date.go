package ledger

import (
	"context"

	"openlend/calendar"
	"openlend/internal/db"
)

// OpenNextDate closes the business date that is open and opens the day after,
// which it returns. It waits for postings that carry the old date and holds up
// new ones meanwhile, so give it a transaction of its own. Asked again for the
// same date it changes nothing.
//
// Refusals: ErrNotReady; ErrDate when closing is neither the open date nor the
// one before it.
func OpenNextDate(ctx context.Context, tx *db.Tx, closing calendar.Date) (calendar.Date, error) {
	// Postings share the row without a pause; a lock of the row alone could wait
	// for ever.
	if err := tx.LockTable(ctx, lockClock.Table); err != nil {
		return 0, err
	}
	now, err := ReadDates(ctx, tx)
	if err != nil {
		return 0, err
	}
	next := closing.Days(1)
	switch now.BusinessOn {
	case next: // done before
		return next, nil
	case closing:
		return next, storeBusinessDate(ctx, tx, closing, next)
	}
	return 0, ErrDate.With("%s is open, not %s", now.BusinessOn, closing)
}
