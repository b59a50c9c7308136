// Package outbox tells the rest of the house what has happened: an event is a
// row written in the transaction that causes it, numbered after the commit and
// read by number.
//
// Invariants: numbers have no gap and are given once, to committed events only;
// whoever reads "after n" in order misses nothing, because a number becomes
// visible only after all smaller ones; a consumer handles an event once, in the
// transaction of its effect, and events of one key in the order of their
// numbers; an event stays until every consumer is done with it, and 7 days at
// least. Waking somebody is a hint that may be lost.
package outbox

import (
	"context"
	"time"

	"openlend/internal/db"
)

// Event is one thing that happened.
type Event struct {
	ID      int64  // unique for ever, from an id.Source; those of one transaction in their order
	Topic   string // what kind of thing, e.g. "noun.verbed"
	Key     string // events of one key are handled in order; "" has no order
	Payload string // JSON with ids, never personal data

	Seq       int64     // its number, 0 while it has none; the relay gives it
	CreatedAt time.Time // the instant of the transaction that wrote it
}

// Write writes one event in the transaction that causes it. Seq and CreatedAt
// are not the caller's to fill.
func Write(ctx context.Context, tx *db.Tx, e Event) error {
	return WriteMany(ctx, tx, []Event{e})
}

// WriteMany writes events in the transaction that causes them.
func WriteMany(ctx context.Context, tx *db.Tx, events []Event) error {
	return insertEvents(ctx, tx, events)
}

// maxLimit bounds what one reader holds in memory.
const maxLimit = 10_000

// Tail returns up to limit events with numbers above after, in their order:
// after is the number of the last event the reader has seen, 0 at first.
// Refusals: ErrReset when events after it have been deleted, or when it is
// above every number given; ErrLimit.
func Tail(ctx context.Context, d *db.DB, after int64, limit int) ([]Event, error) {
	if limit < 1 || limit > maxLimit {
		return nil, ErrLimit
	}
	return db.Read(ctx, d, func(ctx context.Context, tx *db.Tx) ([]Event, error) {
		s, err := readState(ctx, tx)
		if err != nil {
			return nil, err
		}
		if after < s.purgedThrough || after > s.last {
			return nil, ErrReset
		}
		return selectEvents(ctx, tx, after, limit)
	})
}

// Range returns the numbers between which Tail can begin: from oldest (every
// kept event follows) to last (none yet).
func Range(ctx context.Context, d *db.DB) (oldest, last int64, err error) {
	s, err := db.Read(ctx, d, readState)
	return s.purgedThrough, s.last, err
}
