package db_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"openlend/internal/db"
)

// thing is one row of item or twin.
type thing struct {
	id, amount int64
	name       *string
	code       []byte // nil is NULL
	ready      bool
	ref        *int64
}

var columns = []string{"id", "amount", "name", "code", "ready", "ref"}

func (x thing) String() string {
	text := fmt.Sprintf("%d %d %v", x.id, x.amount, x.ready)
	if x.name != nil {
		text += fmt.Sprintf(" name=%q", *x.name)
	}
	if x.code != nil {
		text += fmt.Sprintf(" code=%x", x.code)
	}
	if x.ref != nil {
		text += fmt.Sprintf(" ref=%d", *x.ref)
	}
	return text
}

func (x thing) fill(r *db.Row) {
	r.Int(x.id)
	r.Int(x.amount)
	x.fillRest(r)
}

func (x thing) fillRest(r *db.Row) {
	if x.name == nil {
		r.NullText()
	} else {
		r.Text(*x.name)
	}
	r.Bytes(x.code)
	r.Bool(x.ready)
	switch {
	case x.ref == nil:
		r.NullInt()
	case *x.ref == 0:
		r.Int(0)
	default:
		r.IntOrNull(*x.ref)
	}
}

const insertTwin = `INSERT INTO twin (id, amount, name, code, ready, ref)
	VALUES ($1, $2, $3, $4, $5, $6)`

func (x thing) args() []any { return []any{x.id, x.amount, x.name, x.code, x.ready, x.ref} }

// scanThing also reads whether code is NULL: SQLite's driver gives nil for
// empty bytes too.
func scanThing(s db.Scanner) (x thing, err error) {
	var null bool
	err = s.Scan(&x.id, &x.amount, &x.name, &x.code, &x.ready, &x.ref, &null)
	if x.code == nil && !null {
		x.code = []byte{}
	}
	return x, err
}

const selectThings = `SELECT id, amount, name, code, ready, ref, code IS NULL FROM `

func things(ctx context.Context, tx *db.Tx, table string) ([]thing, error) {
	return db.Many(ctx, tx, scanThing, selectThings+table+` ORDER BY id`)
}

var words = rapid.OneOf(
	rapid.SampledFrom([]string{"", "等额本息", "出借人 甲", "it's", `"quoted"`, "a\tb\n\\N", "🦉", "NULL", "1"}),
	rapid.StringOf(rapid.RuneFrom([]rune("aé漢字 \\'\"\n,;{}%$"))),
)

var numbers = rapid.OneOf(rapid.Int64(),
	rapid.SampledFrom([]int64{0, math.MinInt64, math.MaxInt64}))

// drawThings draws rows with different ids, more often where chunks meet.
func drawThings(t *rapid.T) []thing {
	n := rapid.OneOf(rapid.SampledFrom([]int{0, 1, 7, 8, 9, 63, 64, 65, 136}),
		rapid.IntRange(0, 40)).Draw(t, "rows")
	ids := rapid.SliceOfNDistinct(numbers, n, n, rapid.ID[int64]).Draw(t, "ids")
	out := make([]thing, n)
	for i, id := range ids {
		out[i] = drawThing(t, id)
	}
	return out
}

func drawThing(t *rapid.T, id int64) thing {
	x := thing{
		id: id, amount: rapid.Int64Range(0, math.MaxInt64).Draw(t, "amount"),
		ready: rapid.Bool().Draw(t, "ready"),
		name:  rapid.Ptr(words, true).Draw(t, "name"),
		ref:   rapid.Ptr(numbers, true).Draw(t, "ref"),
	}
	if rapid.Bool().Draw(t, "code") {
		x.code = append([]byte{}, rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "bytes")...)
	}
	return x
}

// leaveNothing runs a closure and rolls it back.
func leaveNothing(ctx context.Context, t rapid.TB, d *db.DB, fn work) {
	t.Helper()
	if err := write(ctx, d, func(ctx context.Context, tx *db.Tx) error {
		return errors.Join(fn(ctx, tx), errRefused)
	}); err == nil || err.Error() != errRefused.Error() {
		t.Fatal(err)
	}
}

func sameThings(ctx context.Context, t rapid.TB, tx *db.Tx, what string) error {
	t.Helper()
	bulk, err := things(ctx, tx, "item")
	if err != nil {
		return err
	}
	single, err := things(ctx, tx, "twin")
	if !reflect.DeepEqual(bulk, single) {
		t.Errorf("%s in bulk gave\n%v\nrow by row\n%v", what, bulk, single)
	}
	return err
}

// What is written in bulk is what single statements write.
func TestBulkIsTheSameAsRowByRow(t *testing.T) {
	insert := &db.Insert{Table: "item", Columns: columns}
	update := &db.Update{Table: "item", Keys: []string{"id"}, Set: columns[2:]}
	conditional := &db.Update{Table: "item", Keys: []string{"id", "amount"},
		Set: []string{"ref", "amount"}}
	each(t, func(t *testing.T, d *db.DB) {
		rapid.Check(t, func(rt *rapid.T) {
			rows := drawThings(rt)
			after := slices.Clone(rows)
			matches := make([]bool, len(rows))
			for i := range after {
				after[i] = drawThing(rt, rows[i].id)
				matches[i] = rapid.Bool().Draw(rt, "matches")
			}
			leaveNothing(t.Context(), rt, d, func(ctx context.Context, tx *db.Tx) error {
				fill := func(i int, r *db.Row) { rows[i].fill(r) }
				err := tx.InsertMany(ctx, insert, len(rows), fill)
				for _, x := range rows {
					_, e := tx.Exec(ctx, insertTwin, x.args()...)
					err = errors.Join(err, e)
				}
				if err = errors.Join(err, sameThings(ctx, rt, tx, "insert")); err != nil {
					return err
				}
				got, err := things(ctx, tx, "item")
				if want := byID(rows); !reflect.DeepEqual(got, want) {
					rt.Errorf("wrote\n%v\nread\n%v", want, got)
				}
				n, e := tx.UpdateMany(ctx, update, len(after), func(i int, r *db.Row) {
					r.Int(after[i].id)
					after[i].fillRest(r)
				})
				if err = errors.Join(err, e); n != int64(len(after)) {
					rt.Errorf("updated %d of %d", n, len(after))
				}
				for _, x := range after {
					_, e := tx.Exec(ctx, `UPDATE twin SET name = $2, code = $3, ready = $4, ref = $5
						WHERE id = $1`, x.id, x.name, x.code, x.ready, x.ref)
					err = errors.Join(err, e)
				}
				if err = errors.Join(err, sameThings(ctx, rt, tx, "update")); err != nil {
					return err
				}
				want := int64(0)
				n, err = tx.UpdateMany(ctx, conditional, len(rows), func(i int, r *db.Row) {
					r.Int(rows[i].id)
					if matches[i] {
						r.Int(rows[i].amount)
					} else {
						r.Int(-1)
					}
					r.NullInt()
					r.Int(77)
				})
				for i, x := range rows {
					if !matches[i] {
						continue
					}
					want++
					_, e := tx.Exec(ctx, `UPDATE twin SET ref = NULL, amount = 77 WHERE id = $1`, x.id)
					err = errors.Join(err, e)
				}
				if n != want {
					rt.Errorf("%d rows matched, want %d", n, want)
				}
				return errors.Join(err, sameThings(ctx, rt, tx, "conditional update"))
			})
		})
	})
}

func byID(rows []thing) []thing {
	var sorted []thing // nil when there are none, as a query gives it
	sorted = append(sorted, rows...)
	slices.SortFunc(sorted, func(a, b thing) int { return cmp.Compare(a.id, b.id) })
	return sorted
}

func TestManyByID(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		rapid.Check(t, func(rt *rapid.T) {
			rows := drawThings(rt)
			asked := rapid.SliceOfN(numbers, 0, 5).Draw(rt, "asked")
			for _, x := range rows {
				if rapid.Bool().Draw(rt, "ask") {
					asked = append(asked, x.id)
				}
			}
			limit := rapid.Int64Min(0).Draw(rt, "limit")
			var want []int64
			for _, x := range byID(rows) {
				if slices.Contains(asked, x.id) && x.amount <= limit {
					want = append(want, x.id)
				}
			}
			leaveNothing(t.Context(), rt, d, func(ctx context.Context, tx *db.Tx) error {
				err := tx.InsertMany(ctx, insertItem, len(rows), func(i int, r *db.Row) {
					r.Int(rows[i].id)
					r.Int(rows[i].amount)
				})
				before := slices.Clone(asked)
				got, e := db.ManyByID(ctx, tx, func(s db.Scanner) (id int64, err error) {
					return id, s.Scan(&id)
				}, `SELECT id FROM item WHERE id IN (:ids) AND amount <= $2 ORDER BY id`, asked, limit)
				if !slices.Equal(got, want) || !slices.Equal(asked, before) {
					rt.Errorf("asked for %v up to %d of %v: got %v", asked, limit, rows, got)
				}
				return errors.Join(err, e)
			})
		})
	})
}

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
