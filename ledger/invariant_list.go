package ledger

import (
	"context"

	"openlend/internal/db"
)

// Check is one invariant that a room adds to Verify. It only reads, and its
// texts run on both engines.
type Check struct {
	ID    string // e.g. "I14", as in the list of invariants
	Says  string // the invariant in words
	Count string // a query of one BIGINT: how many rows are looked at
	// Bad is a query of two TEXT columns, which row is bad and what is wrong
	// with it: no row when all is well. CAST ids to TEXT.
	Bad string
	// Recompute takes the place of Count and Bad where SQL cannot tell: it calls
	// bad for each bad row and returns how many rows it looked at.
	Recompute func(ctx context.Context, tx *db.Tx, bad func(key, what string)) (int64, error)
}

// check is the same in the shape of the ledger's own.
func (c Check) check() check {
	return check{c.ID, c.Says, func(ctx context.Context, tx *db.Tx, x *exam) error {
		if c.Recompute != nil {
			n, err := c.Recompute(ctx, tx, func(key, what string) { x.badf(key, "%s", what) })
			x.Looked += n
			return err
		}
		if err := x.count(ctx, tx, c.Count); err != nil {
			return err
		}
		return db.Each(ctx, tx, func(s db.Scanner) error {
			var key, what string
			err := s.Scan(&key, &what)
			if err == nil {
				x.badf(key, "%s", what)
			}
			return err
		}, c.Bad)
	}}
}
