package closing

import (
	"context"

	"openlend/calendar"
	"openlend/internal/db"
)

// Step is one stage of the closing of a date. Its name is for ever: it is in the
// reports. Exactly one of Piece, Items and Job is set.
type Step struct {
	Name string

	// Piece does the next piece, in one transaction that also keeps its place.
	// What it has done it must not find again.
	Piece func(ctx context.Context, tx *db.Tx, day Day) (Piece, error)
	// Items are many things, each of which can be done without the others.
	Items *Items
	// Job has transactions of its own and may be run again at any time: what was
	// done it leaves alone. Look is what a dry run says instead, nil: nothing.
	Job  func(ctx context.Context, day Day) (Piece, error)
	Look func(ctx context.Context, tx *db.Tx, day Day) (Piece, error)

	// Last says that the step waits until every one before it is done.
	Last bool
}

// Piece is what was done at once.
type Piece struct {
	Looked, Changed int64
	Did             any  // more than the counts say, as JSON; nil: nothing
	More            bool // there is more to do
}

// Cursor is a place in the order of a step's items.
type Cursor struct {
	On calendar.Date
	ID int64
}

// Item is one of them.
type Item struct {
	ID int64
	At Cursor
}

// Items are things in an order that does not change while they are done.
type Items struct {
	Size int // in one transaction

	// Find lists the next ones after a place, at most so many.
	Find func(ctx context.Context, tx *db.Tx, day Day, after Cursor, limit int) ([]Item, error)
	// Do does some in one transaction and returns how many it changed. An item
	// that makes it fail is found by trying each alone, and passed over.
	Do func(ctx context.Context, tx *db.Tx, day Day, items []int64) (changed int, err error)
}
