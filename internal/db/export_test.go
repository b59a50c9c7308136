package db

// Waiting tells how many closures wait for SQLite's writer: the only way to
// know that they do before it is let go.
func Waiting(d *DB) (interactive, pieces int) {
	s := d.store.(*liteStore)
	return len(s.queue), len(s.pieces)
}

// GroupMax is the most closures of one commit.
const GroupMax = groupMax
