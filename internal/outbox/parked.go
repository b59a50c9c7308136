package outbox

import (
	"context"
	"strings"
	"time"

	"openlend/internal/db"
)

// ParkedState says what a parked event waits for.
type ParkedState string

// The states.
const (
	Waiting ParkedState = "waiting" // for NextAt, and for those of its key before it
	Dead    ParkedState = "dead"    // it failed too often: somebody must decide
)

// Parked is an event that a consumer has passed without handling it.
type Parked struct {
	Event    Event
	State    ParkedState
	Attempts int // failed ones; 0: it only stands behind another of its key
	NextAt   time.Time
	Fault    string // of the last attempt, for operators only
}

// firstRetry is doubled after every attempt.
const firstRetry = time.Second

// failed is p after one more attempt that failed.
func (p Parked) failed(now time.Time, fault error) Parked {
	p.State = Waiting
	p.NextAt = now.Add(firstRetry << p.Attempts)
	p.Attempts++
	if p.Attempts >= maxAttempts {
		p.State = Dead
	}
	p.Fault = fault.Error()
	p.Fault = strings.ToValidUTF8(p.Fault[:min(len(p.Fault), 500)], "?")
	p.Fault = strings.ReplaceAll(p.Fault, "\x00", "?") // PostgreSQL keeps no NUL
	return p
}

// ListParked returns a consumer's parked events with numbers above after.
// Refusal: ErrLimit.
func ListParked(
	ctx context.Context, d *db.DB, consumer string, after int64, limit int,
) ([]Parked, error) {
	if limit < 1 || limit > maxLimit {
		return nil, ErrLimit
	}
	return db.Read(ctx, d, func(ctx context.Context, tx *db.Tx) ([]Parked, error) {
		return parkedAfter(ctx, tx, consumer, after, limit)
	})
}

// Revive has a dead event tried again, ten times more. Refusal: ErrNotParked.
func Revive(ctx context.Context, d *db.DB, consumer string, eventID int64) error {
	return decide(ctx, d, reviveDead, consumer, eventID)
}

// Drop gives a dead event up: its consumer will never handle it, and the next
// event of its key has its turn. Refusal: ErrNotParked.
func Drop(ctx context.Context, d *db.DB, consumer string, eventID int64) error {
	return decide(ctx, d, deleteDead, consumer, eventID)
}

func decide(ctx context.Context, d *db.DB, how, consumer string, eventID int64) error {
	_, err := db.Write(ctx, d, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
		return struct{}{}, settleDead(ctx, tx, how, consumer, eventID)
	})
	return err
}
