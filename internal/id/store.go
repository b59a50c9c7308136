package id

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"openlend/internal/db"
)

// node is a row of id_node. before is in ms since 2020.
type node struct {
	number, epoch, before int64
	until                 time.Time
}

// errLost says that the row is not (or no longer) at the expected epoch.
var errLost = errors.New("id: the node number is somebody else's")

// Numbers given back come first and lowest first, then lapsed ones, oldest
// first: so a clock that is ahead takes a living number only when there is no
// other. A page of them is enough to find one that nobody else takes just now.
const selectFree = `SELECT node, epoch, issued_before_at FROM id_node
	WHERE until_at <= $1 ORDER BY until_at, node LIMIT 64`

func freeNodes(ctx context.Context, tx *db.Tx, now time.Time) ([]node, error) {
	return db.Many(ctx, tx, func(s db.Scanner) (node, error) {
		var n node
		err := s.Scan(&n.number, &n.epoch, &n.before)
		n.before = max(0, n.before/1000-epoch.UnixMilli())
		return n, err
	}, selectFree, now.UnixMicro())
}

// inTurn keeps the first and shuffles the rest: processes that start together
// all try the first, and the losers should not meet again.
func inTurn(free []node) []node {
	if len(free) > 2 {
		rest := free[1:]
		rand.Shuffle(len(rest), func(i, j int) { rest[i], rest[j] = rest[j], rest[i] })
	}
	return free
}

const updateTake = `UPDATE id_node
	SET holder = $1, epoch = epoch + 1, until_at = $2, issued_before_at = $3
	WHERE node = $4 AND epoch = $5`

// takeNode leases a row that is as it was read. Error: errLost.
func takeNode(ctx context.Context, tx *db.Tx, n node, holder string) error {
	return one(tx.Exec(ctx, updateTake,
		holder, n.until.UnixMicro(), micros(n.before), n.number, n.epoch))
}

const updateRenew = `UPDATE id_node SET until_at = $1, issued_before_at = $2
	WHERE node = $3 AND epoch = $4`

// renewNode moves the end of a lease that is still ours; the zero time gives
// it back. Error: errLost.
func renewNode(ctx context.Context, tx *db.Tx, n node) error {
	var until int64
	if !n.until.IsZero() {
		until = n.until.UnixMicro()
	}
	return one(tx.Exec(ctx, updateRenew, until, micros(n.before), n.number, n.epoch))
}

func one(rows int64, err error) error {
	if err == nil && rows != 1 {
		return errLost
	}
	return err
}

// micros is the stored form: µs since 1970.
func micros(milli int64) int64 { return (milli + epoch.UnixMilli()) * 1000 }
