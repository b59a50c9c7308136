package db_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"openlend/internal/db"
)

var (
	lockItem = db.LockClass{Rank: 10, Table: "item", Key: "id"}
	lockLate = db.LockClass{Rank: 20, Table: "item", Key: "id"}
)

func TestLocksGoOneWay(t *testing.T) {
	t.Parallel()
	type step struct {
		class db.LockClass
		ids   []int64
	}
	each(t, func(t *testing.T, d *db.DB) {
		for name, c := range map[string]struct {
			steps  []step
			panics bool
		}{
			"one":              {[]step{{lockItem, []int64{1}}}, false},
			"none":             {[]step{{lockLate, []int64{5}}, {lockItem, nil}}, false},
			"any order, twice": {[]step{{lockItem, []int64{3, 1, 2, 3, 1}}}, false},
			"sorted and twice": {[]step{{lockItem, []int64{1, 1, 2}}}, false},
			"rising":           {[]step{{lockItem, []int64{1, 2}}, {lockItem, []int64{2, 3}}}, false},
			"next class":       {[]step{{lockItem, []int64{9}}, {lockLate, []int64{1}}}, false},
			"falling":          {[]step{{lockItem, []int64{1, 5}}, {lockItem, []int64{4}}}, true},
			"mixed":            {[]step{{lockItem, []int64{5}}, {lockItem, []int64{9, 4}}}, true},
			"class before":     {[]step{{lockLate, []int64{1}}, {lockItem, []int64{9}}}, true},
			"held already": {[]step{{lockItem, []int64{2, 5}}, {lockLate, []int64{1}},
				{lockItem, []int64{5, 2}}, {lockLate, []int64{1, 3}}}, false},
			"one of them not held": {[]step{{lockItem, []int64{2, 5}}, {lockLate, []int64{1}},
				{lockItem, []int64{2, 3}}}, true},
			"class before, id": {[]step{{lockItem, []int64{1}}, {lockLate, []int64{1}},
				{lockItem, []int64{2}}}, true},
		} {
			got := panicOf(func() {
				must(t, write(t.Context(), d, func(ctx context.Context, tx *db.Tx) error {
					for _, s := range c.steps {
						own := slices.Clone(s.ids)
						if err := tx.Lock(ctx, s.class, own...); err != nil {
							return err
						}
						if !slices.Equal(own, s.ids) {
							t.Errorf("%s: the caller's ids became %v", name, own)
						}
					}
					return nil
				}))
			})
			if (got != "") != c.panics || c.panics && !strings.Contains(got, "db: lock ") {
				t.Errorf("%s: panicked with %q", name, got)
			}
		}
	})
}

// Concurrent closures that lock before they read lose no update, in whatever
// order they name the rows, and need not run twice.
func TestLockedRowsStandStill(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		must(t, write(t.Context(), d, func(ctx context.Context, tx *db.Tx) error {
			return errors.Join(put(ctx, tx, 1), put(ctx, tx, 2))
		}))
		wait := crowd(50, func(i int) {
			ids := []int64{1, 2}
			if i%2 == 0 {
				slices.Reverse(ids)
			}
			err := write(t.Context(), d, func(ctx context.Context, tx *db.Tx) error {
				if tx.Attempt() > 0 {
					t.Error("two closures that lock in order collided")
				}
				if err := tx.Lock(ctx, lockItem, ids...); err != nil {
					return err
				}
				return errors.Join(readAndAdd(ctx, tx, ids[0]), readAndAdd(ctx, tx, ids[1]))
			})
			if err != nil {
				t.Error(err)
			}
		})
		wait()
		must(t, read(t.Context(), d, func(ctx context.Context, tx *db.Tx) error {
			got, err := db.Values[int64](ctx, tx, `SELECT amount FROM item`)
			if !slices.Equal(got, []int64{55, 55}) {
				t.Errorf("50 additions to 5 gave %v", got)
			}
			return err
		}))
	})
}

func readAndAdd(ctx context.Context, tx *db.Tx, id int64) error {
	n, err := db.Value[int64](ctx, tx, `SELECT amount FROM item WHERE id = $1`, id)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE item SET amount = $1 WHERE id = $2`, n+1, id)
	return err
}

// A shared lock lets others share and keeps a change away until it ends.
func TestSharedLocks(t *testing.T) {
	d := open(t, db.Options{URL: newPostgres(t).App})
	must(t, write(t.Context(), d, putOne(1)))
	shares := map[string]work{
		"LockShared": func(ctx context.Context, tx *db.Tx) error { return tx.LockShared(ctx, lockItem, 1) },
		"OneShared": func(ctx context.Context, tx *db.Tx) error {
			n, err := db.OneShared(ctx, tx, func(s db.Scanner) (n int64, err error) {
				return n, s.Scan(&n)
			}, `SELECT amount FROM item WHERE id = $1`, 1)
			if n != 5 {
				t.Errorf("read %d", n)
			}
			return err
		},
	}
	for name, share := range shares {
		var changed, ended bool
		done := make(chan error)
		must(t, write(t.Context(), d, func(ctx context.Context, tx *db.Tx) error {
			if err := share(ctx, tx); err != nil {
				return err
			}
			if err := write(t.Context(), d, share); err != nil { // a second one shares
				return err
			}
			waiting := make(chan bool)
			go func() {
				done <- write(context.Background(), d, func(ctx context.Context, tx *db.Tx) error {
					close(waiting)
					_, err := tx.Exec(ctx, `UPDATE item SET amount = amount`)
					changed = true
					if !ended {
						t.Errorf("%s: the row changed under it", name)
					}
					return err
				})
			}()
			<-waiting
			waitForLock(t, d)
			ended = true
			return nil
		}))
		must(t, <-done)
		if !changed {
			t.Errorf("%s: the change never came", name)
		}
	}
}

// waitForLock returns when a session waits for a lock in this database.
func waitForLock(t *testing.T, d *db.DB) {
	t.Helper()
	for {
		n, err := db.Read(t.Context(), d, func(ctx context.Context, tx *db.Tx) (int64, error) {
			return db.Value[int64](ctx, tx, `SELECT COUNT(*) FROM pg_stat_activity
				WHERE datname = current_database() AND wait_event_type = 'Lock'`)
		})
		must(t, err)
		if n > 0 {
			return
		}
	}
}
