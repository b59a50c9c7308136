package ledger

import (
	"context"

	"openlend/internal/db"
	"openlend/internal/id"
)

// expirePage is how many holds one transaction releases: on SQLite everybody
// waits for it.
const expirePage = 100

// ExpireHolds releases every open hold whose time has passed, each exactly
// once, and returns how many it released itself. Two processes may run it
// beside each other, and beside others that post or void the same holds.
func ExpireHolds(ctx context.Context, d *db.DB, ids *id.Source) (released int, err error) {
	for after := (expiry{}); ; {
		page, err := db.WriteBulk(ctx, d,
			func(ctx context.Context, tx *db.Tx) (expiredPage, error) {
				return expireSome(ctx, tx, ids, after)
			})
		if err != nil {
			return released, err
		}
		released += page.released
		if after = page.last; page.found < expirePage {
			return released, nil
		}
	}
}

// expiry is a place in the order of expiring.
type expiry struct {
	at    int64 // microseconds UTC
	cause Cause
}

type expiredPage struct {
	found, released int
	last            expiry
}

// expireSome releases the next holds after a place. What somebody else has
// released in the meantime is refused by Post and passed over.
func expireSome(
	ctx context.Context, tx *db.Tx, ids *id.Source, after expiry,
) (expiredPage, error) {
	due, err := loadExpired(ctx, tx, after, expirePage)
	if err != nil || len(due) == 0 {
		return expiredPage{}, err
	}
	commands := make([]Command, len(due))
	for i, h := range due {
		commands[i] = Command{Op: OpExpireHold, Of: h.cause}
	}
	results, err := Post(ctx, tx, ids, commands)
	page := expiredPage{found: len(due), last: due[len(due)-1]}
	for _, r := range results {
		if r.Err == nil && !r.Replayed {
			page.released++
		}
	}
	return page, err
}
