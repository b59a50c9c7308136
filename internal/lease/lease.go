// Package lease lets one process at a time do a piece of work.
//
// Invariants: an epoch has one holder for ever, and a transaction that passed
// Check commits before a later epoch begins, or never: a holder that was
// stopped and wakes up late changes nothing. Clocks decide only how soon
// somebody else may try, never who may write.
package lease

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"time"

	"openlend/internal/clock"
	"openlend/internal/db"
)

// Lease is one holder's time with a name.
type Lease struct {
	db     *db.DB
	wall   clock.Clock
	length time.Duration
	id     int64
	name   string
	holder string
	epoch  int64
}

// Acquire takes the lease of a name for a length of time when it is free, has
// run out, or is this holder's own (whose older epoch then ends). wall is the
// process clock; holder must be unique, as id.Holder makes it. Refusal:
// ErrHeld.
func Acquire(
	ctx context.Context, d *db.DB, wall clock.Clock, name, holder string, length time.Duration,
) (Lease, error) {
	l := Lease{db: d, wall: wall, length: length, id: key(name), name: name, holder: holder}
	now := wall.Now()
	var err error
	l.epoch, err = db.Write(ctx, d, func(ctx context.Context, tx *db.Tx) (int64, error) {
		return take(ctx, tx, l, now, now.Add(length))
	})
	return l, err
}

// key is the row's key: the lock needs a BIGINT.
func key(name string) int64 {
	sum := sha256.Sum256([]byte(name))
	return int64(binary.BigEndian.Uint64(sum[:8]) >> 1)
}

// Epoch is the fencing number: every holder of a name has a higher one.
func (l Lease) Epoch() int64 { return l.epoch }

// Check is the first statement of each of the holder's transactions: it
// refuses a lease that another has taken, and keeps others from taking it
// until the transaction ends. Refusal: ErrLost.
func (l Lease) Check(ctx context.Context, tx *db.Tx) error {
	if err := tx.LockShared(ctx, class, l.id); err != nil {
		return err
	}
	epoch, err := epochOf(ctx, tx, l.id)
	if err == nil && epoch != l.epoch {
		return ErrLost.With("%s", l.name)
	}
	return err
}

// Renew lengthens the lease from now. Refusal: ErrLost.
func (l Lease) Renew(ctx context.Context) error {
	return l.move(ctx, l.wall.Now().Add(l.length).UnixMicro())
}

// Release gives the lease back at once. Refusal: ErrLost.
func (l Lease) Release(ctx context.Context) error { return l.move(ctx, 0) }

func (l Lease) move(ctx context.Context, untilAt int64) error {
	_, err := db.Write(ctx, l.db, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
		return struct{}{}, move(ctx, tx, l, untilAt)
	})
	return err
}

// Keep runs work, renews the lease beside it and gives it back at the end. When
// a renewal is refused, or none has worked for the lease's length, work's
// context ends.
func (l Lease) Keep(ctx context.Context, work func(context.Context) error) error {
	inner, cancel := context.WithCancelCause(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		l.renewUntil(inner, cancel)
	}()
	err := work(inner)
	cause := context.Cause(inner)
	if errors.Is(cause, ErrLost) && errors.Is(err, context.Canceled) {
		err = cause
	}
	cancel(nil)
	<-done
	if e := l.Release(context.WithoutCancel(ctx)); err == nil && !errors.Is(e, ErrLost) {
		err = e
	}
	return err
}

// renewUntil renews until ctx ends, or ends it.
func (l Lease) renewUntil(ctx context.Context, end context.CancelCauseFunc) {
	tick := time.NewTicker(l.length / 4)
	defer tick.Stop()
	renewed := clock.Start()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		asked := clock.Start()
		err := l.renewWithin(ctx, l.length/2)
		switch {
		case err == nil:
			renewed = asked
		case errors.Is(err, ErrLost):
			end(err)
			return
		case renewed.Elapsed() > l.length:
			end(ErrLost.With("%s was not renewed in time", l.name))
			return
		}
	}
}

func (l Lease) renewWithin(ctx context.Context, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return l.Renew(ctx)
}

// Serve keeps doing a piece of work for as long as ctx lives: it waits for the
// lease, runs work while it is held and starts over when it was lost or work
// ended. report hears of every fault on the way (not of ErrHeld).
func Serve(
	ctx context.Context, d *db.DB, wall clock.Clock, name, holder string, length time.Duration,
	work func(context.Context, Lease) error, report func(error),
) {
	for ctx.Err() == nil {
		l, err := Acquire(ctx, d, wall, name, holder, length)
		if err == nil {
			err = l.Keep(ctx, func(ctx context.Context) error { return work(ctx, l) })
		}
		if err != nil && !errors.Is(err, ErrHeld) && ctx.Err() == nil {
			report(err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(length / 8): // others wait as long: no stampede on a free lease
		}
	}
}
