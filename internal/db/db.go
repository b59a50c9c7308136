// Package db is the only package that knows which database engine runs. It
// opens SQLite or PostgreSQL, runs closures in transactions, moves rows in
// bulk and sorts driver errors into the few kinds the rest of the house acts
// on. One SQL text with $1 placeholders serves both engines.
//
// Invariants: a query needs a *Tx and only Write and Read give one; a second
// transaction of one database inside a first panics; after a failed statement a
// transaction can only roll back; a COMMIT is never cancelled, and a commit
// whose answer is lost is unknown, never failed: the same closure is run again
// and the unique keys settle it.
package db

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"openlend/internal/clock"
)

// Engine names the database engine.
type Engine string

// The engines.
const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres"
)

// EngineOf tells the engine of a database URL. Refusal: ErrURL.
func EngineOf(url string) (Engine, error) {
	switch scheme, _, _ := strings.Cut(url, ":"); scheme {
	case "sqlite":
		return SQLite, nil
	case "postgres", "postgresql":
		return Postgres, nil
	}
	return "", ErrURL
}

// Options say which database to open and how. Only URL is required.
type Options struct {
	URL         string        // "sqlite:PATH" or "postgres://…"
	Clock       clock.Clock   // nil: the machine's
	ReadOnly    bool          // open beside a writer; Write then refuses
	RefuseOwner bool          // PostgreSQL: refuse a role that could change the tables
	MaxConns    int           // PostgreSQL pool and SQLite readers; 0: 16 and 4
	Settle      time.Duration // how long an unknown commit is pursued; 0: 2 s
}

// DB is an open database. It can do nothing but open transactions (Write,
// Read), report its engine and close.
type DB struct {
	engine Engine
	clock  clock.Clock
	store  store
	close  func() error // once
}

// store is one engine behind the DB.
type store interface {
	write(ctx context.Context, job *job) error
	read(ctx context.Context, job *job) error
	close() error
}

// session runs statements inside one open transaction of one engine.
type session interface {
	exec(ctx context.Context, query string, args []any) (int64, error)
	query(ctx context.Context, query string, args []any) (rows, error)
	queryIDs(ctx context.Context, query string, ids []int64, args []any) (rows, error)
	lock(ctx context.Context, class LockClass, ids []int64) error
	lockTable(ctx context.Context, table string) error
	shared(query string) string // the query that also locks its row against change
	insertMany(ctx context.Context, in *Insert, n int, fill func(i int, r *Row)) error
	updateMany(
		ctx context.Context, up *Update, to []any, n int, fill func(i int, r *Row),
	) (int64, error)
}

// rows is the part of *sql.Rows and pgx.Rows that Many and Each use.
type rows interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
	close()
}

// Open opens a database. Refusals: ErrURL, ErrSecondWriter, ErrSettings,
// ErrOwnerRole, ErrUnavailable.
func Open(ctx context.Context, o Options) (*DB, error) {
	engine, err := EngineOf(o.URL)
	if err != nil {
		return nil, err
	}
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	if o.Settle == 0 {
		o.Settle = 2 * time.Second
	}
	d := &DB{engine: engine, clock: o.Clock}
	if engine == SQLite {
		d.store, err = openSQLite(ctx, strings.TrimPrefix(o.URL, "sqlite:"), o)
	} else {
		d.store, err = openPostgres(ctx, o)
	}
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	d.close = sync.OnceValue(d.store.close)
	return d, nil
}

// Engine returns which engine runs.
func (d *DB) Engine() Engine { return d.engine }

// Close waits for running transactions and closes the database. Closures that
// still wait for their turn are not run; later ones get ErrUnavailable.
func (d *DB) Close() error { return d.close() }

// job is one closure on its way through a store.
type job struct {
	db   *DB
	run  func(context.Context, *Tx) error
	bulk bool
}

// attempt runs the closure once on an open transaction. A panic of the closure
// is carried to the caller as *panicked, so that a store's own goroutine lives.
func (j *job) attempt(ctx context.Context, s session, nr int) (tx *Tx, err error) {
	tx = &Tx{session: s, engine: j.db.engine, now: j.db.clock.Now(), attempt: nr, open: true}
	defer func() {
		tx.open = false
		if p := recover(); p != nil {
			err = newPanicked(p)
		}
	}()
	err = j.run(inside(ctx, j.db), tx)
	if err == nil && tx.failed != nil {
		err = fmt.Errorf("db: the closure hid a failed statement: %w", tx.failed)
	}
	return tx, err
}

// insideKey marks the context of a closure. It names the database: another one
// (a store of keys) may be asked inside, since it never asks back.
type insideKey struct{ db *DB }

func inside(ctx context.Context, d *DB) context.Context {
	return context.WithValue(ctx, insideKey{d}, true)
}

func mustBeOutside(ctx context.Context, d *DB) {
	if ctx.Value(insideKey{d}) != nil {
		panic("db: a transaction was opened inside another")
	}
}

// Write runs fn in one transaction that commits when fn returns nil. fn may
// run more than once (a deadlock, a lost commit answer), so it makes its ids
// outside and finds by their unique keys what an earlier run may have written:
// INSERT … ON CONFLICT DO NOTHING, or a look-up under a lock (Tx.Attempt).
//
// On SQLite closures that wait are gathered into one commit, each in its own
// savepoint, and answered after the commit. On PostgreSQL it is READ COMMITTED
// with the row locks that fn takes. The end of ctx stops the waiting and, on
// PostgreSQL, the statements, but never a COMMIT: then the true fate is told.
//
// Errors: those of fn; ErrOutcomeUnknown when the commit's answer was lost and
// no later run succeeded (fn's own error is then no answer); ErrUnavailable;
// ErrDiskFull; ErrReadOnly.
func Write[T any](
	ctx context.Context, d *DB, fn func(context.Context, *Tx) (T, error),
) (T, error) {
	return write(ctx, d, false, fn)
}

// WriteBulk is Write for a piece of a long job (a fan-out, closing): on SQLite
// it lets interactive closures pass and takes at most half of a group, so keep
// a piece under 200 rows or 5 ms there.
func WriteBulk[T any](
	ctx context.Context, d *DB, fn func(context.Context, *Tx) (T, error),
) (T, error) {
	return write(ctx, d, true, fn)
}

func write[T any](
	ctx context.Context, d *DB, bulk bool, fn func(context.Context, *Tx) (T, error),
) (T, error) {
	j, result := newJob(ctx, d, fn)
	j.bulk = bulk
	return finish(result, d.store.write(ctx, j))
}

// Read runs fn in one read-only transaction on a consistent snapshot.
// Errors: those of fn; ErrReadOnly when fn writes; ErrUnavailable.
func Read[T any](
	ctx context.Context, d *DB, fn func(context.Context, *Tx) (T, error),
) (T, error) {
	j, result := newJob(ctx, d, fn)
	return finish(result, d.store.read(ctx, j))
}

// newJob makes the closure of any result type one that leaves it in result.
func newJob[T any](
	ctx context.Context, d *DB, fn func(context.Context, *Tx) (T, error),
) (j *job, result *T) {
	mustBeOutside(ctx, d)
	result = new(T)
	return &job{db: d, run: func(ctx context.Context, tx *Tx) (err error) {
		*result, err = fn(ctx, tx)
		return err
	}}, result
}

func finish[T any](result *T, err error) (T, error) {
	if err == nil {
		return *result, nil
	}
	rethrow(err)
	var zero T
	return zero, err
}
