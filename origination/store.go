package origination

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"openlend/calendar"
	"openlend/customer"
	"openlend/internal/db"
	"openlend/money"
)

// Mutable rows that are locked; ranks follow the lock order in ARCHITECTURE.md.
var (
	lockBorrower    = db.LockClass{Rank: 44, Table: "origination_borrower", Key: "id"}
	lockApplication = db.LockClass{Rank: 45, Table: "origination_application", Key: "id"}
	lockOffer       = db.LockClass{Rank: 46, Table: "origination_offer", Key: "id"}
	lockExposure    = db.LockClass{Rank: 47, Table: "origination_exposure", Key: "offer_id"}
)

const insertBorrower = `INSERT INTO origination_borrower (id) VALUES ($1) ON CONFLICT DO NOTHING`

// countAlone makes this transaction the only one that counts or adds to what a
// borrower has open, until it ends.
func countAlone(ctx context.Context, tx *db.Tx, borrower customer.ID) error {
	if _, err := tx.Exec(ctx, insertBorrower, int64(borrower)); err != nil {
		return err
	}
	return tx.Lock(ctx, lockBorrower, int64(borrower))
}

// found turns the absence of a row into the room's refusal.
func found[T any](v T, err, notFound error) (T, error) {
	if errors.Is(err, db.ErrNotFound) {
		return v, notFound
	}
	return v, err
}

// amountColumns are a principal as it is stored.
type amountColumns struct {
	minor    int64
	currency string
}

func (a *amountColumns) amount() money.Amount {
	return money.New(a.minor, money.Currency(a.currency))
}

func micros(t time.Time) int64 { return t.UnixMicro() }

func instant(micros int64) time.Time { return time.UnixMicro(micros).UTC() }

// readDate reads a date that this room has written.
func readDate(s string, into *calendar.Date) error {
	var err error
	*into, err = calendar.ParseDate(s)
	return err
}

// writeJSON writes what can always be written: plain structs and lists.
func writeJSON(v any) (string, error) {
	text, err := json.Marshal(v)
	return string(text), err
}
