package db_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"openlend/internal/db"
)

// An Update with a Version changes the rows that have it; with Whole it takes
// another way on SQLite, to the same end.
func TestUpdateVersions(t *testing.T) {
	insert := &db.Insert{Table: "whole", Columns: []string{"id", "amount", "version"}}
	const n, to = 200, 4711
	for name, whole := range map[string]bool{"part": false, "whole": true} {
		update := &db.Update{Table: "whole", Keys: []string{"id"}, Set: []string{"amount"},
			Version: "version", Whole: whole}
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, d *db.DB) {
				leaveNothing(t.Context(), t, d, func(ctx context.Context, tx *db.Tx) error {
					err := tx.InsertMany(ctx, insert, n, func(i int, r *db.Row) {
						r.Int(int64(i))
						r.Int(1)
						r.Int(int64(i % 10))
					})
					matched, e := tx.UpdateVersions(ctx, update, to, n, func(i int, r *db.Row) {
						r.Int(int64(i))
						r.Int(int64(100 + i))
						r.Int(3)
					})
					if err = errors.Join(err, e); err != nil || matched != n/10 {
						t.Errorf("%d rows had version 3, want %d, %v", matched, n/10, err)
					}
					wrong, err := db.Value[int64](ctx, tx, `SELECT COUNT(*) FROM whole WHERE NOT (
						CASE WHEN id % 10 = 3 THEN amount = 100 + id AND version = $1
						ELSE amount = 1 AND version = id % 10 END)`, to)
					if wrong != 0 {
						t.Errorf("%d rows are wrong", wrong)
					}
					return err
				})
				one := func(_ int, r *db.Row) { r.Int(1); r.Int(-1); r.Int(1) }
				err := write(t.Context(), d, func(ctx context.Context, tx *db.Tx) error {
					_, err := tx.Exec(ctx, `INSERT INTO whole (id, amount, version) VALUES (1, 1, 1)`)
					_, e := tx.UpdateVersions(ctx, update, to, 1, one)
					return errors.Join(err, e)
				})
				if !db.IsCheck(err) {
					t.Errorf("a negative amount gave %v", err)
				}
				if got := panicOf(func() {
					_ = write(t.Context(), d, func(ctx context.Context, tx *db.Tx) error {
						_, err := tx.UpdateMany(ctx, update, 1, one)
						return err
					})
				}); !strings.Contains(got, "UpdateVersions") {
					t.Errorf("an update that forgets the version panicked with %q", got)
				}
			})
		})
	}
}

func TestKeepExisting(t *testing.T) {
	t.Parallel()
	keep := &db.Insert{Table: "item", Columns: []string{"id", "amount", "name"}, KeepExisting: true}
	each(t, func(t *testing.T, d *db.DB) {
		for _, n := range []int{1, 8, 9, 130} {
			leaveNothing(t.Context(), t, d, func(ctx context.Context, tx *db.Tx) error {
				err := put(ctx, tx, 0) // with 5
				err = errors.Join(err, tx.InsertMany(ctx, keep, n+1, func(i int, r *db.Row) {
					r.Int(int64(i % n)) // the last is the first once more
					r.Int(int64(i))
					r.Text("new")
				}))
				got, e := db.Values[int64](ctx, tx, `SELECT amount FROM item ORDER BY id`)
				want := append([]int64{5}, upTo(int64(n - 1))[1:]...)
				if !slices.Equal(got, want) {
					t.Errorf("%d rows: got %v", n, got)
				}
				return errors.Join(err, e)
			})
		}
	})
}

// One bad row and nothing of the transaction is there.
func TestOneBadRowLeavesNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		for _, n := range []int{1, 7, 8, 9, 64, 65, 1000} {
			for _, bad := range []int{0, n / 2, n - 1} {
				bulk := func(id, amount int64) work {
					return func(ctx context.Context, tx *db.Tx) error {
						if err := put(ctx, tx, -1); err != nil {
							return err
						}
						return tx.InsertMany(ctx, insertItem, n, func(i int, r *db.Row) {
							if i == bad {
								r.Int(id)
								r.Int(amount)
								return
							}
							r.Int(int64(i))
							r.Int(0)
						})
					}
				}
				if err := write(t.Context(), d, bulk(-1, 0)); !db.IsDuplicate(err) {
					t.Errorf("row %d of %d twice: %v", bad, n, err)
				}
				if err := write(t.Context(), d, bulk(int64(bad), -1)); !db.IsCheck(err) {
					t.Errorf("row %d of %d negative: %v", bad, n, err)
				}
			}
		}
		if got := items(t, d); len(got) != 0 {
			t.Errorf("there is %v", got)
		}
	})
}

// A fill that writes too few columns, too many, or two types into one is a
// mistake of the code, and no value slips into the next column.
func TestAWrongFillPanics(t *testing.T) {
	t.Parallel()
	keep := &db.Insert{Table: "item", Columns: []string{"id", "amount"}, KeepExisting: true}
	update := &db.Update{Table: "item", Keys: []string{"id"}, Set: []string{"amount"}}
	fills := map[string]func(i int, r *db.Row){
		"too few":        func(i int, r *db.Row) { r.Int(int64(i)) },
		"too many":       func(i int, r *db.Row) { r.Int(int64(i)); r.Int(0); r.Int(0) },
		"none":           func(int, *db.Row) {},
		"too few once":   func(i int, r *db.Row) { r.Int(int64(i)); fillUnless(i == 15, r) },
		"slipping along": func(i int, r *db.Row) { fillUnless(i == 3, r); r.Int(1); fillUnless(i != 4, r) },
	}
	each(t, func(t *testing.T, d *db.DB) {
		for name, fill := range fills {
			for kind, do := range map[string]work{
				"insert": func(ctx context.Context, tx *db.Tx) error {
					return tx.InsertMany(ctx, insertItem, 20, fill)
				},
				"keep": func(ctx context.Context, tx *db.Tx) error {
					return tx.InsertMany(ctx, keep, 20, fill)
				},
				"update": func(ctx context.Context, tx *db.Tx) error {
					_, err := tx.UpdateMany(ctx, update, 20, fill)
					return err
				},
			} {
				got := panicOf(func() { must(t, write(t.Context(), d, do)) })
				if !strings.Contains(got, "db: fill wrote") {
					t.Errorf("%s, %s: panicked with %q", kind, name, got)
				}
			}
		}
		must(t, write(t.Context(), d, putOne(1)))
		if got := items(t, d); !slices.Equal(got, []int64{1}) {
			t.Errorf("there is %v", got)
		}
	})
}

func fillUnless(leftOut bool, r *db.Row) {
	if !leftOut {
		r.Int(0)
	}
}

// COPY refuses a value of another type with an error; the connection goes on.
func TestCopyOfAWrongType(t *testing.T) {
	d := open(t, db.Options{URL: newPostgres(t).App, MaxConns: 1})
	server := func() int64 {
		pid, err := db.Read(t.Context(), d, func(ctx context.Context, tx *db.Tx) (int64, error) {
			return db.Value[int64](ctx, tx, `SELECT pg_backend_pid()`)
		})
		must(t, err)
		return pid
	}
	before := server()
	for name, fill := range map[string]func(r *db.Row){
		"text for a number":  func(r *db.Row) { r.Int(1); r.Text("five") },
		"bool for a number":  func(r *db.Row) { r.Int(1); r.Bool(true) },
		"NULL for a number":  func(r *db.Row) { r.Int(1); r.NullInt() },
		"a huge text for it": func(r *db.Row) { r.Int(1); r.Text(strings.Repeat("x", 1<<20)) },
	} {
		for _, n := range []int{1, 20} {
			err := write(t.Context(), d, func(ctx context.Context, tx *db.Tx) error {
				return tx.InsertMany(ctx, insertItem, n, func(_ int, r *db.Row) { fill(r) })
			})
			if err == nil || errors.Is(err, db.ErrUnavailable) {
				t.Errorf("%s, %d rows: %v", name, n, err)
			}
		}
	}
	name := &db.Insert{Table: "item", Columns: []string{"id", "amount", "name"}}
	for _, bad := range []string{"a\x00b", "\xff\xfe"} {
		err := write(t.Context(), d, func(ctx context.Context, tx *db.Tx) error {
			return tx.InsertMany(ctx, name, 20, func(i int, r *db.Row) {
				r.Int(int64(i))
				r.Int(1)
				r.Text(bad)
			})
		})
		if err == nil || errors.Is(err, db.ErrUnavailable) {
			t.Errorf("text %q: %v", bad, err)
		}
	}
	if after := server(); after != before || len(items(t, d)) != 0 {
		t.Errorf("session %d became %d, there is %v", before, after, items(t, d))
	}
}

// Bulk updates of the same rows, named in order, do not deadlock, however the
// rows lie in the table and however small it is.
func TestBulkUpdatesLockInOrder(t *testing.T) {
	u := newPostgres(t)
	d, owner := open(t, db.Options{URL: u.App}), open(t, db.Options{URL: u.Owner})
	update := &db.Update{Table: "item", Keys: []string{"id"}, Set: []string{"ref"}}
	for _, n := range []int{3, 20, 300} {
		must(t, write(t.Context(), d, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `DELETE FROM item`)
			return errors.Join(err, tx.InsertMany(ctx, insertItem, n, func(i int, r *db.Row) {
				r.Int(int64((i*7 + 3) % n)) // the table's order is not the keys'
				r.Int(0)
			}))
		}))
		must(t, write(t.Context(), owner, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `ANALYZE item`) // the planner knows how small it is
			return err
		}))
		crowd(6, func(k int) {
			for range 10 {
				err := write(t.Context(), d, func(ctx context.Context, tx *db.Tx) error {
					if tx.Attempt() > 0 {
						t.Errorf("%d rows: two bulk updates collided", n)
					}
					from := k % 3 // not all the same rows
					_, err := tx.UpdateMany(ctx, update, n+50, func(i int, r *db.Row) {
						r.Int(int64(from + i))
						r.Int(int64(k))
					})
					return err
				})
				if err != nil {
					t.Error(err)
				}
			}
		})()
	}
}
