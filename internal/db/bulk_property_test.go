package db_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
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

// twins writes the same to item in bulk and to twin row by row.
type twins struct {
	rows, after []thing // as they are inserted, and what they are changed to
	matches     []bool  // rows whose condition holds
}

func drawTwins(t *rapid.T) *twins {
	w := &twins{rows: drawThings(t)}
	for _, x := range w.rows {
		w.after = append(w.after, drawThing(t, x.id))
		w.matches = append(w.matches, rapid.Bool().Draw(t, "matches"))
	}
	return w
}

// What is written in bulk is what single statements write.
func TestBulkIsTheSameAsRowByRow(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		rapid.Check(t, func(rt *rapid.T) {
			w := drawTwins(rt)
			leaveNothing(t.Context(), rt, d, func(ctx context.Context, tx *db.Tx) error {
				return errors.Join(
					w.insert(ctx, tx), sameThings(ctx, rt, tx, "insert"), w.readsBack(ctx, rt, tx),
					w.update(ctx, rt, tx), sameThings(ctx, rt, tx, "update"),
					w.updateSome(ctx, rt, tx), sameThings(ctx, rt, tx, "conditional update"))
			})
		})
	})
}

var (
	insertThings = &db.Insert{Table: "item", Columns: columns}
	updateThings = &db.Update{Table: "item", Keys: []string{"id"}, Set: columns[2:]}
	updateSome   = &db.Update{Table: "item", Keys: []string{"id", "amount"},
		Set: []string{"ref", "amount"}}
)

func (w *twins) insert(ctx context.Context, tx *db.Tx) error {
	err := tx.InsertMany(ctx, insertThings, len(w.rows), func(i int, r *db.Row) {
		w.rows[i].fill(r)
	})
	for _, x := range w.rows {
		_, e := tx.Exec(ctx, insertTwin, x.args()...)
		err = errors.Join(err, e)
	}
	return err
}

func (w *twins) readsBack(ctx context.Context, t *rapid.T, tx *db.Tx) error {
	got, err := things(ctx, tx, "item")
	if want := byID(w.rows); !reflect.DeepEqual(got, want) {
		t.Errorf("wrote\n%v\nread\n%v", want, got)
	}
	return err
}

func (w *twins) update(ctx context.Context, t *rapid.T, tx *db.Tx) error {
	n, err := tx.UpdateMany(ctx, updateThings, len(w.after), func(i int, r *db.Row) {
		r.Int(w.after[i].id)
		w.after[i].fillRest(r)
	})
	if n != int64(len(w.after)) {
		t.Errorf("updated %d of %d", n, len(w.after))
	}
	for _, x := range w.after {
		_, e := tx.Exec(ctx, `UPDATE twin SET name = $2, code = $3, ready = $4, ref = $5
			WHERE id = $1`, x.id, x.name, x.code, x.ready, x.ref)
		err = errors.Join(err, e)
	}
	return err
}

func (w *twins) updateSome(ctx context.Context, t *rapid.T, tx *db.Tx) error {
	n, err := tx.UpdateMany(ctx, updateSome, len(w.rows), func(i int, r *db.Row) {
		r.Int(w.rows[i].id)
		if w.matches[i] {
			r.Int(w.rows[i].amount)
		} else {
			r.Int(-1)
		}
		r.NullInt()
		r.Int(77)
	})
	want := int64(0)
	for i, x := range w.rows {
		if !w.matches[i] {
			continue
		}
		want++
		_, e := tx.Exec(ctx, `UPDATE twin SET ref = NULL, amount = 77 WHERE id = $1`, x.id)
		err = errors.Join(err, e)
	}
	if n != want {
		t.Errorf("%d rows matched, want %d", n, want)
	}
	return err
}

func byID(rows []thing) []thing {
	var sorted []thing // nil when there are none, as a query gives it
	sorted = append(sorted, rows...)
	slices.SortFunc(sorted, func(a, b thing) int { return cmp.Compare(a.id, b.id) })
	return sorted
}

func TestManyByID(t *testing.T) {
	t.Parallel()
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
