package api

import (
	"context"

	"openlend/calendar"
	"openlend/internal/db"
	"openlend/ledger"
)

// BusinessDate is where the platform stands in time.
type BusinessDate struct {
	BusinessOn    Date `json:"business_on" doc:"What is booked now is booked on it."`
	SealedThrough Date `json:"sealed_through" doc:"Nothing up to it changes any more."`
}

// businessDateOr is the date that was sent, or the business date.
func businessDateOr(ctx context.Context, tx *db.Tx, sent Date) (calendar.Date, error) {
	if !sent.IsZero() {
		return sent.Value, nil
	}
	dates, err := ledger.ReadDates(ctx, tx)
	return dates.BusinessOn, err
}
