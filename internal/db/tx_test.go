package db_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"openlend/internal/clock"
	"openlend/internal/db"
)

var errRefused = errors.New("refused")

func TestWriteCommitsOrRollsBack(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		must(t, write(t.Context(), d, putOne(1)))
		err := write(t.Context(), d, func(ctx context.Context, tx *db.Tx) error {
			return errors.Join(put(ctx, tx, 2), errRefused)
		})
		if !errors.Is(err, errRefused) {
			t.Errorf("got %v", err)
		}
		n, err := db.Write(t.Context(), d, func(context.Context, *db.Tx) (int64, error) {
			return 7, errRefused
		})
		if n != 0 || !errors.Is(err, errRefused) {
			t.Errorf("a failed closure gave %d, %v", n, err)
		}
		if got := items(t, d); !slices.Equal(got, []int64{1}) {
			t.Errorf("there is %v", got)
		}
	})
}

func TestReadIsASnapshotAndCannotWrite(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		count := func(ctx context.Context, tx *db.Tx) int64 {
			n, err := db.Value[int64](ctx, tx, `SELECT COUNT(*) FROM item`)
			if err != nil {
				t.Error(err)
			}
			return n
		}
		must(t, read(t.Context(), d, func(ctx context.Context, tx *db.Tx) error {
			before := count(ctx, tx)
			done := make(chan error)
			go func() { done <- write(t.Context(), d, putOne(1)) }()
			if err := <-done; err != nil {
				return err
			}
			if after := count(ctx, tx); before != 0 || after != 0 {
				t.Errorf("one snapshot showed %d and then %d items", before, after)
			}
			return nil
		}))
		if err := read(t.Context(), d, putOne(2)); !errors.Is(err, db.ErrReadOnly) {
			t.Errorf("a write in Read gave %v", err)
		}
		if got := items(t, d); !slices.Equal(got, []int64{1}) {
			t.Errorf("there is %v", got)
		}
	})
}

// panicOf runs fn and returns what it panicked with, "" when it did not.
func panicOf(fn func()) (what string) {
	defer func() {
		if p := recover(); p != nil {
			what = fmt.Sprint(p)
		}
	}()
	fn()
	return ""
}

func TestMistakesPanicAndTheDatabaseLivesOn(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		nested := func(ctx context.Context, _ *db.Tx) error { return write(ctx, d, putOne(1)) }
		nestedRead := func(ctx context.Context, _ *db.Tx) error { return read(ctx, d, putOne(1)) }
		var leaked *db.Tx
		must(t, write(ctx, d, func(_ context.Context, tx *db.Tx) error {
			leaked = tx
			return nil
		}))
		for _, c := range []struct {
			want string
			do   func()
		}{
			{"a transaction was opened inside another", func() { _ = write(ctx, d, nested) }},
			{"a transaction was opened inside another", func() { _ = write(ctx, d, nestedRead) }},
			{"a transaction was opened inside another", func() { _ = read(ctx, d, nested) }},
			{"used after its closure returned", func() { _ = put(ctx, leaked, 1) }},
			{"used after its closure returned", func() { _ = leaked.Lock(ctx, lockItem, 1) }},
			{"my own", func() {
				_ = write(ctx, d, func(ctx context.Context, tx *db.Tx) error {
					_ = put(ctx, tx, 1)
					panic("my own")
				})
			}},
			{"my own", func() {
				_ = read(ctx, d, func(context.Context, *db.Tx) error { panic("my own") })
			}},
		} {
			if got := panicOf(c.do); !strings.Contains(got, c.want) {
				t.Errorf("panicked with %q, want %q", got, c.want)
			}
		}
		must(t, write(ctx, d, putOne(2)))
		if got := items(t, d); !slices.Equal(got, []int64{2}) {
			t.Errorf("there is %v", got)
		}
	})
}

// Another database may be asked inside a transaction, the first one through it
// never.
func TestAnotherDatabaseInside(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		other := open(t, db.Options{URL: newLite(t)})
		through := func(ctx context.Context, _ *db.Tx) error { return write(ctx, d, putOne(9)) }
		must(t, write(t.Context(), d, func(ctx context.Context, tx *db.Tx) error {
			got := panicOf(func() { _ = write(ctx, other, through) })
			if !strings.Contains(got, "a transaction was opened inside another") {
				t.Errorf("panicked with %q", got)
			}
			return errors.Join(put(ctx, tx, 1), write(ctx, other, putOne(2)))
		}))
		if got, inside := items(t, d), items(t, other); !slices.Equal(got, []int64{1}) ||
			!slices.Equal(inside, []int64{2}) {
			t.Errorf("there is %v and inside %v", got, inside)
		}
	})
}

// A closure that hides the error of a statement cannot commit, on either
// engine, and cannot run another statement.
func TestAFailedStatementDoomsItsTransaction(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		must(t, write(t.Context(), d, putOne(1)))
		fails := map[string]work{
			"exec": putOne(1),
			"many": func(ctx context.Context, tx *db.Tx) error {
				_, err := db.Value[int64](ctx, tx, `SELECT nothing FROM item`)
				return err
			},
			"returning": func(ctx context.Context, tx *db.Tx) error {
				_, err := db.Value[int64](ctx, tx,
					`INSERT INTO item (id, amount) VALUES (1, 1) RETURNING id`)
				return err
			},
			"insert": func(ctx context.Context, tx *db.Tx) error {
				return tx.InsertMany(ctx, insertItem, 20, func(i int, r *db.Row) {
					r.Int(int64(20 - i)) // the last one is there already
					r.Int(0)
				})
			},
		}
		for name, fail := range fails {
			var first, second error
			err := write(t.Context(), d, func(ctx context.Context, tx *db.Tx) error {
				if err := put(ctx, tx, 100); err != nil {
					t.Error(name, err)
				}
				first = fail(ctx, tx)
				second = put(ctx, tx, 101)
				return nil
			})
			if first == nil || second == nil || err == nil {
				t.Errorf("%s: %v, then %v, and at the end %v", name, first, second, err)
			}
			if name != "many" && !db.IsDuplicate(err) {
				t.Errorf("%s: the end does not tell why: %v", name, err)
			}
		}
		if got := items(t, d); !slices.Equal(got, []int64{1}) {
			t.Errorf("there is %v", got)
		}
	})
}

func TestNowIsFrozenAndOnDoneTellsTheFate(t *testing.T) {
	hands := clock.NewManual(time.Date(2026, 11, 22, 7, 0, 0, 123, time.UTC))
	test := func(t *testing.T, url string) {
		d := open(t, db.Options{URL: url, Clock: hands})
		var fates []bool
		watch := func(tx *db.Tx) {
			tx.OnDone(func(committed bool) { fates = append(fates, committed) })
			before := tx.Now()
			hands.Advance(time.Hour)
			if now := tx.Now(); !now.Equal(before) || now.Nanosecond()%1000 != 0 {
				t.Errorf("now was %v and then %v", before, now)
			}
		}
		watchOnly := func(_ context.Context, tx *db.Tx) error {
			watch(tx)
			return nil
		}
		must(t, write(t.Context(), d, watchOnly))
		_ = write(t.Context(), d, func(_ context.Context, tx *db.Tx) error {
			watch(tx)
			if tx.Attempt() == 0 {
				return db.Again("once more")
			}
			return errRefused
		})
		_ = panicOf(func() {
			_ = write(t.Context(), d, func(_ context.Context, tx *db.Tx) error {
				watch(tx)
				panic("no")
			})
		})
		must(t, read(t.Context(), d, watchOnly))
		if want := []bool{true, false, false, false, false}; !slices.Equal(fates, want) {
			t.Errorf("the fates were told as %v, want %v", fates, want)
		}
	}
	t.Run("sqlite", func(t *testing.T) { test(t, newLite(t)) })
	t.Run("postgres", func(t *testing.T) { test(t, newPostgres(t).App) })
}

func TestQueries(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		must(t, write(ctx, d, func(ctx context.Context, tx *db.Tx) error {
			return tx.InsertMany(ctx, insertItem, 10, func(i int, r *db.Row) {
				r.Int(int64(i))
				r.Int(int64(i * i))
			})
		}))
		must(t, read(ctx, d, func(ctx context.Context, tx *db.Tx) error {
			_, err := db.Value[int64](ctx, tx, `SELECT id FROM item WHERE id = $1`, 99)
			if !errors.Is(err, db.ErrNotFound) {
				t.Errorf("a row that is not there gave %v", err)
			}
			if _, err := db.Value[int64](ctx, tx, `SELECT id FROM item`); err == nil {
				t.Error("ten rows were taken for one")
			}
			var sum int64
			err = db.Each(ctx, tx, func(s db.Scanner) error {
				var a int64
				err := s.Scan(&a)
				sum += a
				return err
			}, `SELECT amount FROM item WHERE id < $1`, 4)
			if err != nil || sum != 14 {
				t.Errorf("sum %d, %v", sum, err)
			}
			stop := db.Each(ctx, tx, func(db.Scanner) error { return errRefused }, `SELECT id FROM item`)
			if !errors.Is(stop, errRefused) {
				t.Errorf("got %v", stop)
			}
			// Neither of these was a failed statement.
			n, err := db.Value[int64](ctx, tx, `SELECT COUNT(*) FROM item`)
			if err != nil || n != 10 {
				t.Errorf("%d rows, %v", n, err)
			}
			return nil
		}))
		n, err := db.Write(ctx, d, func(ctx context.Context, tx *db.Tx) (int64, error) {
			return tx.Exec(ctx, `UPDATE item SET amount = 0 WHERE id >= $2 AND id < $1`, 5, 2)
		})
		if n != 3 || err != nil {
			t.Errorf("touched %d, %v", n, err)
		}
	})
}

func TestConstraintsAreToldApart(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		for _, c := range []struct {
			text             string
			duplicate, check bool
			constraint       string // on both engines
		}{
			{`INSERT INTO item (id, amount) VALUES (1, 1), (1, 1)`, true, false, ""},
			{`INSERT INTO item (id, amount) VALUES (1, -1)`, false, true, "item_amount"},
			{`INSERT INTO item (id) VALUES (1)`, false, true, ""},
			{`INSERT INTO nowhere (id) VALUES (1)`, false, false, ""},
		} {
			err := write(t.Context(), d, func(ctx context.Context, tx *db.Tx) error {
				_, err := tx.Exec(ctx, c.text)
				return err
			})
			if err == nil || db.IsDuplicate(err) != c.duplicate || db.IsCheck(err) != c.check ||
				db.IsDenied(err) {
				t.Errorf("%s: %v", c.text, err)
			}
			var e *db.Error
			if c.constraint != "" && (!errors.As(err, &e) || e.Constraint != c.constraint) {
				t.Errorf("%s: constraint of %v", c.text, err)
			}
		}
	})
}

func TestAfterClose(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		must(t, d.Close())
		must(t, d.Close())
		if err := write(t.Context(), d, putOne(1)); !errors.Is(err, db.ErrUnavailable) {
			t.Errorf("Write gave %v", err)
		}
		if err := read(t.Context(), d, putOne(1)); !errors.Is(err, db.ErrUnavailable) {
			t.Errorf("Read gave %v", err)
		}
	})
}
