package ledger

import (
	"context"

	"openlend/calendar"
	"openlend/internal/db"
)

// Dates are where the ledger stands in time. Exactly one business date is
// open and takes entries. Dates up to SealedThrough are rolled up for ever;
// those between the two are closed and wait for SealDate:
//
//	… sealed | closed, not sealed yet | open
//	         ^ SealedThrough            ^ BusinessOn
type Dates struct {
	BusinessOn    calendar.Date
	SealedThrough calendar.Date
}

// ReadDates reads them. Refusal: ErrNotReady when the ledger was never started.
func ReadDates(ctx context.Context, tx *db.Tx) (Dates, error) {
	d, err := loadDates(ctx, tx)
	if err != nil {
		return Dates{}, err
	}
	open, err := calendar.ParseDate(d.businessOn)
	if err != nil {
		return Dates{}, err
	}
	sealed, err := calendar.ParseDate(d.sealedThrough)
	return Dates{BusinessOn: open, SealedThrough: sealed}, err
}
