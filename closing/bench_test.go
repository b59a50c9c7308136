package closing

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"go.uber.org/goleak"

	"openlend/access"
	"openlend/calendar"
	"openlend/internal/clock"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/internal/outbox"
	"openlend/internal/testdb"
	"openlend/ledger"
)

// TestMain also is the process that is killed (crash_test.go).
func TestMain(m *testing.M) {
	if url := os.Getenv(childURL); url != "" {
		if err := beChild(url); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

var (
	first  = calendar.MustParseDate("2026-03-01")
	noon   = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	closer = Options{Actor: access.System("closing")}
)

// bench is a ledger on its first date, with clocks that are moved by hand.
type bench struct {
	*testing.T
	Closer
	now, wall *clock.Manual
}

func each(t *testing.T, test func(b *bench)) {
	t.Parallel()
	testdb.EachURL(t, func(t *testing.T, url string) {
		b := &bench{T: t, now: clock.NewManual(noon), wall: clock.NewManual(noon)}
		b.DB = testdb.Open(t, db.Options{URL: url, Clock: b.now})
		b.IDs = id.NewSeeded(noon)
		b.Wall, b.Holder = b.wall, "test"
		b.write(func(ctx context.Context, tx *db.Tx) error { return ledger.Start(ctx, tx, first) })
		test(b)
	})
}

func (b *bench) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func (b *bench) write(fn func(context.Context, *db.Tx) error) {
	b.Helper()
	_, err := db.Write(b.Context(), b.DB, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
		return struct{}{}, fn(ctx, tx)
	})
	b.must(err)
}

// day moves the clock to noon of the n-th day after the first.
func (b *bench) day(n int) {
	b.now.Advance(noon.AddDate(0, 0, n).Sub(b.now.Now()))
}

func (b *bench) close(through calendar.Date) []Run {
	b.Helper()
	runs, err := b.CloseDay(b.Context(), through, closer)
	b.must(err)
	return runs
}

// stands checks the ledger's dates.
func (b *bench) stands(open, sealed calendar.Date) {
	b.Helper()
	var got ledger.Dates
	b.write(func(ctx context.Context, tx *db.Tx) (err error) {
		got, err = ledger.ReadDates(ctx, tx)
		return err
	})
	if got.BusinessOn != open || got.SealedThrough != sealed {
		b.Errorf("%s is open, sealed through %s; want %s and %s",
			got.BusinessOn, got.SealedThrough, open, sealed)
	}
}

// jot writes a row that tells what a step has done.
func jot(ctx context.Context, tx *db.Tx, ids *id.Source, topic, key string) error {
	next, err := ids.Next()
	if err != nil {
		return err
	}
	return outbox.Write(ctx, tx, outbox.Event{ID: next, Topic: topic, Key: key})
}

// notes are the keys of the rows of a topic, in the order of writing.
func notes(ctx context.Context, d *db.DB, topic string) ([]string, error) {
	return db.Read(ctx, d, func(ctx context.Context, tx *db.Tx) ([]string, error) {
		return db.Values[string](ctx, tx,
			`SELECT key FROM outbox WHERE topic = $1 ORDER BY id`, topic)
	})
}

func (b *bench) noted(topic string, want ...string) {
	b.Helper()
	got, err := notes(b.Context(), b.DB, topic)
	b.must(err)
	if fmt.Sprint(got) != fmt.Sprint(want) {
		b.Errorf("%s: %v, want %v", topic, got, want)
	}
}

// pieces is a step that does so many pieces for a date; it finds by its own rows
// what is left.
func pieces(ids *id.Source, name string, n int) Step {
	return Step{Name: name, Piece: func(
		ctx context.Context, tx *db.Tx, day Day,
	) (Piece, error) {
		done, err := db.Value[int64](ctx, tx,
			`SELECT COUNT(*) FROM outbox WHERE topic = $1 AND key LIKE $2`, name, day.On.String()+"%")
		if err != nil {
			return Piece{}, err
		}
		key := day.On.String() + " " + strconv.FormatInt(done+1, 10)
		return Piece{Looked: 2, Changed: 1, Did: map[string]int64{"last": done + 1},
			More: int(done)+1 < n}, jot(ctx, tx, ids, name, key)
	}}
}

// things is a step over the ids 1 … n, two at a time; the bad ones fail.
func things(ids *id.Source, name string, n int64, bad func(item int64) error) Step {
	return Step{Name: name, Items: &Items{
		Size: 2,
		Find: func(_ context.Context, _ *db.Tx, day Day, after Cursor, limit int) ([]Item, error) {
			var page []Item
			for i := after.ID + 1; i <= n && len(page) < limit; i++ {
				page = append(page, Item{i, Cursor{On: day.On, ID: i}})
			}
			return page, nil
		},
		Do: func(ctx context.Context, tx *db.Tx, day Day, items []int64) (int, error) {
			for _, i := range items {
				key := day.On.String() + " " + strconv.FormatInt(i, 10)
				if err := jot(ctx, tx, ids, name, key); err != nil {
					return 0, err
				}
				if err := bad(i); err != nil {
					return 0, err
				}
			}
			return len(items), nil
		},
	}}
}

// job is a step with a transaction of its own that does its work once for a date.
func job(d *db.DB, ids *id.Source, name string) Step {
	look := func(context.Context, *db.Tx, Day) (Piece, error) {
		return Piece{Looked: 1, Changed: 1}, nil
	}
	return Step{Name: name, Look: look, Job: func(ctx context.Context, day Day) (Piece, error) {
		return db.Write(ctx, d, func(ctx context.Context, tx *db.Tx) (Piece, error) {
			done, err := db.Value[int64](ctx, tx, `SELECT COUNT(*) FROM outbox
				WHERE topic = $1 AND key = $2`, name, day.On.String())
			if err != nil || done > 0 {
				return Piece{}, err
			}
			return Piece{Looked: 1, Changed: 1}, jot(ctx, tx, ids, name, day.On.String())
		})
	}}
}

func good(int64) error { return nil }
