package saga

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"openlend/internal/clock"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/internal/outbox"
	"openlend/internal/testdb"
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

var start = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

// bench is a database with clocks that are moved by hand and one engine.
type bench struct {
	*testing.T
	db   *db.DB
	now  *clock.Manual // of the database
	wall *clock.Manual
	ids  *id.Source
	Engine

	mu      sync.Mutex
	reports []error
}

// each runs the test on both engines.
func each(t *testing.T, test func(b *bench)) {
	t.Parallel()
	testdb.EachURL(t, func(t *testing.T, url string) { test(newBench(t, url)) })
}

func newBench(t *testing.T, url string) *bench {
	b := &bench{T: t, now: clock.NewManual(start), wall: clock.NewManual(start)}
	b.db = testdb.Open(t, db.Options{URL: url, Clock: b.now})
	b.ids = id.NewSeeded(start)
	b.Engine = b.engine(b.wall)
	return b
}

func (b *bench) engine(wall clock.Clock) Engine {
	return Engine{DB: b.db, Wall: wall, Holder: "test", Report: func(err error) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.reports = append(b.reports, err)
	}}
}

func (b *bench) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// define sets the engine's only kind of saga.
func (b *bench) define(steps ...Step) {
	b.Definitions = []Definition{{Name: "trip", Steps: steps}}
}

func write[T any](b *bench, fn func(context.Context, *db.Tx) (T, error)) T {
	b.Helper()
	v, err := db.Write(b.Context(), b.db, fn)
	b.must(err)
	return v
}

func (b *bench) start(subject int64) ID {
	b.Helper()
	return write(b, func(ctx context.Context, tx *db.Tx) (ID, error) {
		return Start(ctx, tx, b.ids, "trip", subject, "")
	})
}

func (b *bench) wake(subject int64) {
	b.Helper()
	write(b, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
		return struct{}{}, Wake(ctx, tx, "trip", subject)
	})
}

// run drives what is due and returns the runs of steps.
func (b *bench) run() int {
	b.Helper()
	n, err := b.RunDue(b.Context())
	b.must(err)
	return n
}

func (b *bench) get(n ID) Saga {
	b.Helper()
	return write(b, func(ctx context.Context, tx *db.Tx) (Saga, error) { return Get(ctx, tx, n) })
}

// stands checks where a saga stands.
func (b *bench) stands(n ID, state State, step, why string) Saga {
	b.Helper()
	s := b.get(n)
	if s.State != state || s.Step != step || s.Why != why {
		b.Errorf("saga is %s in %q because %q, want %s in %q because %q",
			s.State, s.Step, s.Why, state, step, why)
	}
	return s
}

// effect writes a row that tells what a step has done, in its transaction.
func effect(ctx context.Context, tx *db.Tx, ids *id.Source, subject int64, what string) error {
	next, err := ids.Next()
	if err != nil {
		return err
	}
	key := strconv.FormatInt(subject, 10)
	return outbox.Write(ctx, tx, outbox.Event{ID: next, Topic: what, Key: key})
}

// does is a step that has an effect and goes on.
func (b *bench) does(name string) Step {
	return Step{Name: name, Do: b.effect(name), Undo: b.effect("undo " + name)}
}

func (b *bench) effect(what string) func(context.Context, *db.Tx, *Saga) (Next, error) {
	return func(ctx context.Context, tx *db.Tx, s *Saga) (Next, error) {
		return Done(), effect(ctx, tx, b.ids, s.Subject, what)
	}
}

// effects of a subject, in the order of their ids.
func effects(ctx context.Context, d *db.DB, subject int64) ([]string, error) {
	return db.Read(ctx, d, func(ctx context.Context, tx *db.Tx) ([]string, error) {
		return db.Values[string](ctx, tx,
			`SELECT topic FROM outbox WHERE key = $1 ORDER BY id`,
			strconv.FormatInt(subject, 10))
	})
}

func (b *bench) effects(subject int64, want ...string) {
	b.Helper()
	got, err := effects(b.Context(), b.db, subject)
	b.must(err)
	if fmt.Sprint(got) != fmt.Sprint(want) {
		b.Errorf("effects of %d: %v, want %v", subject, got, want)
	}
}
