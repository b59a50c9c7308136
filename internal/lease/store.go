package lease

import (
	"context"
	"errors"
	"time"

	"openlend/internal/db"
)

// class is locked shared by holders at work, so it stands outside of the lock
// order; see db.Tx.LockShared.
var class = db.LockClass{Table: "lease", Key: "id"}

// A conflicting row is locked by this statement even when it is left alone, so
// the decision is made on its latest state.
const upsertLease = `INSERT INTO lease (id, name, holder, epoch, until_at)
	VALUES ($1, $2, $3, 1, $4)
	ON CONFLICT (id) DO UPDATE SET
		holder = excluded.holder, epoch = lease.epoch + 1, until_at = excluded.until_at
	WHERE lease.until_at <= $5 OR lease.holder = excluded.holder
	RETURNING epoch`

// take returns the new epoch. Refusal: ErrHeld.
func take(
	ctx context.Context, tx *db.Tx, l Lease, now, until time.Time,
) (epoch int64, err error) {
	epoch, err = db.Value[int64](ctx, tx, upsertLease,
		l.id, l.name, l.holder, until.UnixMicro(), now.UnixMicro())
	if errors.Is(err, db.ErrNotFound) {
		return 0, ErrHeld.With("%s", l.name)
	}
	return epoch, err
}

const updateUntil = `UPDATE lease SET until_at = $1 WHERE id = $2 AND epoch = $3`

// move sets the end of the lease (µs). Refusal: ErrLost.
func move(ctx context.Context, tx *db.Tx, l Lease, untilAt int64) error {
	n, err := tx.Exec(ctx, updateUntil, untilAt, l.id, l.epoch)
	if err == nil && n == 0 {
		return ErrLost.With("%s", l.name)
	}
	return err
}

const selectEpoch = `SELECT epoch FROM lease WHERE id = $1`

func epochOf(ctx context.Context, tx *db.Tx, id int64) (int64, error) {
	return db.Value[int64](ctx, tx, selectEpoch, id)
}
