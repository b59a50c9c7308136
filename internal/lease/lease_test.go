package lease_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"openlend/internal/clock"
	"openlend/internal/db"
	"openlend/internal/lease"
	"openlend/internal/testdb"
)

const length = 10 * time.Second

func newWall() *clock.Manual {
	return clock.NewManual(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
}

func acquire(
	t *testing.T, d *db.DB, wall clock.Clock, name, holder string,
) lease.Lease {
	t.Helper()
	l, err := lease.Acquire(t.Context(), d, wall, name, holder, length)
	if err != nil {
		t.Fatalf("%s for %s: %v", name, holder, err)
	}
	return l
}

// check runs a transaction of the holder.
func check(t *testing.T, d *db.DB, l lease.Lease) error {
	t.Helper()
	_, err := db.Write(t.Context(), d, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
		return struct{}{}, l.Check(ctx, tx)
	})
	return err
}

func TestOneHolder(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, d *db.DB) {
		wall := newWall()
		a := acquire(t, d, wall, "sweep", "a")
		if _, err := lease.Acquire(t.Context(), d, wall, "sweep", "b", length); !errors.Is(
			err, lease.ErrHeld) {
			t.Fatalf("b beside a: %v", err)
		}
		acquire(t, d, wall, "another", "b")

		wall.Advance(length - 1)
		if err := a.Renew(t.Context()); err != nil {
			t.Fatal(err)
		}
		wall.Advance(length - time.Microsecond)
		if _, err := lease.Acquire(t.Context(), d, wall, "sweep", "b", length); !errors.Is(
			err, lease.ErrHeld) {
			t.Fatalf("b before a's end: %v", err)
		}
		wall.Advance(time.Microsecond)
		b := acquire(t, d, wall, "sweep", "b")
		if b.Epoch() <= a.Epoch() {
			t.Errorf("epoch %d after %d", b.Epoch(), a.Epoch())
		}
		for what, err := range map[string]error{
			"Check": check(t, d, a), "Renew": a.Renew(t.Context()), "Release": a.Release(t.Context()),
		} {
			if !errors.Is(err, lease.ErrLost) {
				t.Errorf("%s of a's lost lease: %v", what, err)
			}
		}
		if err := check(t, d, b); err != nil {
			t.Errorf("b, after what a tried: %v", err)
		}
		if err := b.Release(t.Context()); err != nil {
			t.Fatal(err)
		}
		c := acquire(t, d, wall, "sweep", "c")
		if c.Epoch() <= b.Epoch() {
			t.Errorf("epoch %d after %d", c.Epoch(), b.Epoch())
		}
		// The holder that asks again gets a new epoch, and its old one ends.
		again := acquire(t, d, wall, "sweep", "c")
		if err := check(t, d, c); !errors.Is(err, lease.ErrLost) || again.Epoch() <= c.Epoch() {
			t.Errorf("c again: epoch %d after %d, the old one %v", again.Epoch(), c.Epoch(), err)
		}
	})
}

func TestManyWantIt(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, d *db.DB) {
		wall := newWall()
		acquire(t, d, wall, "sweep", "the last one") // its row is there, and lapsed
		wall.Advance(length)
		for _, name := range []string{"sweep", "never seen"} {
			var got, refused atomic.Int64
			var wg sync.WaitGroup
			for i := range 20 {
				wg.Go(func() {
					_, err := lease.Acquire(t.Context(), d, wall, name, string(rune('a'+i)), length)
					switch {
					case err == nil:
						got.Add(1)
					case errors.Is(err, lease.ErrHeld):
						refused.Add(1)
					default:
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if got.Load() != 1 || refused.Load() != 19 {
				t.Errorf("%s: %d got it, %d were refused", name, got.Load(), refused.Load())
			}
		}
	})
}

// A holder that stops in the middle of a transaction keeps its successor out
// until that has ended: no write of an old epoch comes after a new one began.
func TestSuccessorWaitsForTheTransaction(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, d *db.DB) {
		wall := newWall()
		a := acquire(t, d, wall, "sweep", "a")
		checked, ended := make(chan struct{}), atomic.Bool{}
		var wg sync.WaitGroup
		wg.Go(func() {
			_, err := db.Write(t.Context(), d,
				func(ctx context.Context, tx *db.Tx) (struct{}, error) {
					if err := a.Check(ctx, tx); err != nil {
						return struct{}{}, err
					}
					close(checked)
					time.Sleep(100 * time.Millisecond) // stopped; b tries meanwhile
					ended.Store(true)
					return struct{}{}, nil
				})
			if err != nil {
				t.Error(err)
			}
		})
		<-checked
		wall.Advance(length)
		acquire(t, d, wall, "sweep", "b")
		if !ended.Load() {
			t.Error("b has the lease while a's transaction runs")
		}
		wg.Wait()
	})
}

func TestServeHandsOn(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, d *db.DB) {
		const short = 2 * time.Second // not a length of time that a busy machine loses
		var working, epochs atomic.Int64
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		var wg sync.WaitGroup
		for _, holder := range []string{"a", "b", "c"} {
			wg.Go(func() {
				lease.Serve(ctx, d, clock.System{}, "sweep", holder, short,
					func(context.Context, lease.Lease) error {
						if n := working.Add(1); n > 1 {
							t.Errorf("%d at work", n)
						}
						defer working.Add(-1)
						if epochs.Add(1) == 5 {
							stop()
						}
						return nil // done: the lease is given back
					}, func(err error) { t.Errorf("%s: %v", holder, err) })
			})
		}
		wg.Wait()
		if n := epochs.Load(); n < 5 {
			t.Errorf("%d turns of work", n)
		}
	})
}

// Work goes on for longer than the lease was taken for, and ends when it is lost.
func TestKeep(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, d *db.DB) {
		wall := newWall()
		const short = 200 * time.Millisecond // of real time between four renewals
		l, err := lease.Acquire(t.Context(), d, wall, "sweep", "a", short)
		if err != nil {
			t.Fatal(err)
		}
		err = l.Keep(t.Context(), func(ctx context.Context) error {
			wall.Advance(time.Hour)
			for end := int64(0); end <= wall.Now().UnixMicro(); {
				var err error
				end, err = db.Read(ctx, d, func(ctx context.Context, tx *db.Tx) (int64, error) {
					return db.Value[int64](ctx, tx, `SELECT until_at FROM lease`)
				})
				if err != nil {
					return err
				}
			}
			if err := check(t, d, l); err != nil { // renewed
				return err
			}
			if _, err := lease.Acquire(ctx, d, wall, "sweep", "a", short); err != nil {
				return err
			}
			<-ctx.Done() // that was another epoch
			return ctx.Err()
		})
		if !errors.Is(err, lease.ErrLost) {
			t.Errorf("work under a lost lease: %v", err)
		}
	})
}
