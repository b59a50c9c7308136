package idem

import (
	"context"

	"openlend/internal/db"
)

// purgePage is small enough not to hold up others on SQLite.
const purgePage = 200

// Purge deletes the answers whose time is over, page by page, and returns how
// many there were.
func Purge(ctx context.Context, d *db.DB) (total int, err error) {
	for {
		n, err := db.WriteBulk(ctx, d, func(ctx context.Context, tx *db.Tx) (int, error) {
			return deleteExpired(ctx, tx, purgePage)
		})
		total += n
		if err != nil || n < purgePage {
			return total, err
		}
	}
}
