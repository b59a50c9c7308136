package db

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Tx is an open transaction: the only thing that can query. It belongs to one
// goroutine and is dead when its closure has returned. After a statement has
// failed, on either engine, every further one fails with the same error and
// the transaction can only roll back, whatever its closure returns.
type Tx struct {
	session session
	engine  Engine
	now     time.Time
	attempt int
	open    bool
	failed  error // of the first statement that failed
	rank    int   // of the last lock class
	lastID  int64 // last id locked in that class
	held    []heldLocks
	done    []func(committed bool)
}

// Now is the instant of this transaction, frozen when it began.
func (tx *Tx) Now() time.Time { return tx.now }

// Attempt counts the runs of this closure, from 0. A closure may take a slower
// and surer path when it is run again.
func (tx *Tx) Attempt() int { return tx.attempt }

// Engine returns which engine runs, for the rare text that must differ.
func (tx *Tx) Engine() Engine { return tx.engine }

// OnDone has fn called once when the transaction's fate is known; an unknown
// one counts as not committed. Process caches use it, nothing else should.
func (tx *Tx) OnDone(fn func(committed bool)) { tx.done = append(tx.done, fn) }

func (tx *Tx) finished(committed bool) {
	for _, fn := range tx.done {
		fn(committed)
	}
}

// ready refuses a statement after one that failed, and panics when the
// transaction has ended: a mistake of the code.
func (tx *Tx) ready() error {
	if !tx.open {
		panic("db: transaction used after its closure returned")
	}
	return tx.failed
}

// outcome sorts the error of a statement and remembers it.
func (tx *Tx) outcome(err error) error {
	if err == nil {
		return nil
	}
	tx.failed = sorted(err)
	return tx.failed
}

// Exec runs one statement and returns the number of rows that an INSERT, UPDATE
// or DELETE touched.
func (tx *Tx) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	if err := tx.ready(); err != nil {
		return 0, err
	}
	n, err := tx.session.exec(ctx, query, args)
	return n, tx.outcome(err)
}

// Scanner is the row that a scan function reads.
type Scanner interface {
	Scan(dest ...any) error
}

// Many runs a query and scans every row.
func Many[T any](
	ctx context.Context, tx *Tx, scan func(Scanner) (T, error), query string, args ...any,
) ([]T, error) {
	if err := tx.ready(); err != nil {
		return nil, err
	}
	r, err := tx.session.query(ctx, query, args)
	if err != nil {
		return nil, tx.outcome(err)
	}
	return collect(tx, r, scan)
}

// ManyByID runs a query that holds "IN (:ids)" in place of a list, as in
// "WHERE account_id IN (:ids)", for any number of ids in one round trip.
// Other arguments are $2 and up.
func ManyByID[T any](
	ctx context.Context, tx *Tx, scan func(Scanner) (T, error),
	query string, ids []int64, args ...any,
) ([]T, error) {
	if err := tx.ready(); err != nil || len(ids) == 0 {
		return nil, err
	}
	r, err := tx.session.queryIDs(ctx, query, ids, args)
	if err != nil {
		return nil, tx.outcome(err)
	}
	return collect(tx, r, scan)
}

func collect[T any](tx *Tx, r rows, scan func(Scanner) (T, error)) ([]T, error) {
	defer r.close()
	var out []T
	for r.Next() {
		v, err := scan(r)
		if err != nil {
			return nil, fmt.Errorf("scan row: %w", err)
		}
		out = append(out, v)
	}
	if err := r.Err(); err != nil {
		return nil, tx.outcome(err)
	}
	return out, nil
}

// Each runs a query and hands every row to fn without keeping them: for
// exports and checks over whole tables. fn must not run statements of tx: on
// PostgreSQL the connection is busy with the rows.
func Each(
	ctx context.Context, tx *Tx, fn func(Scanner) error, query string, args ...any,
) error {
	if err := tx.ready(); err != nil {
		return err
	}
	r, err := tx.session.query(ctx, query, args)
	if err != nil {
		return tx.outcome(err)
	}
	defer r.close()
	for r.Next() {
		if err := fn(r); err != nil {
			return err
		}
	}
	return tx.outcome(r.Err())
}

// One runs a query for one row. Error: ErrNotFound when there is none.
func One[T any](
	ctx context.Context, tx *Tx, scan func(Scanner) (T, error), query string, args ...any,
) (T, error) {
	var zero T
	all, err := Many(ctx, tx, scan, query, args...)
	switch {
	case err != nil:
		return zero, err
	case len(all) == 0:
		return zero, ErrNotFound
	case len(all) > 1:
		return zero, fmt.Errorf("db: %d rows where one was expected", len(all))
	}
	return all[0], nil
}

// Value is One for a query of one column.
func Value[T any](ctx context.Context, tx *Tx, query string, args ...any) (T, error) {
	return One(ctx, tx, scanValue[T], query, args...)
}

// Values is Many for a query of one column.
func Values[T any](ctx context.Context, tx *Tx, query string, args ...any) ([]T, error) {
	return Many(ctx, tx, scanValue[T], query, args...)
}

func scanValue[T any](s Scanner) (T, error) {
	var v T
	err := s.Scan(&v)
	return v, err
}

// LockClass is a kind of mutable row that operations lock. Ranks follow the
// lock order in ARCHITECTURE.md; a lower rank is locked first.
type LockClass struct {
	Rank  int
	Table string
	Key   string // its BIGINT key column
}

// heldLocks are sorted ids of one class that a transaction has locked.
type heldLocks struct {
	class LockClass
	ids   []int64
}

// Lock locks rows by id until the transaction ends; on SQLite, where one writer
// runs at a time, it does nothing. Ids may come in any order and twice; an id
// without a row locks nothing, one that is held already is held. It panics when
// a class or id goes backwards within the transaction: that is a deadlock
// waiting for its day, and a mistake of the code.
func (tx *Tx) Lock(ctx context.Context, class LockClass, ids ...int64) error {
	if err := tx.ready(); err != nil || len(ids) == 0 {
		return err
	}
	if !ascending(ids) {
		ids = slices.Clone(ids) // the caller's own are left as they are
		slices.Sort(ids)
		ids = slices.Compact(ids)
	}
	if tx.backwards(class, ids) {
		if ids = tx.without(class, ids); len(ids) == 0 {
			return nil
		}
	}
	if tx.backwards(class, ids) {
		panic(fmt.Sprintf("db: lock %s %d after rank %d id %d",
			class.Table, ids[0], tx.rank, tx.lastID))
	}
	tx.rank, tx.lastID = class.Rank, ids[len(ids)-1]
	tx.held = append(tx.held, heldLocks{class, ids})
	return tx.outcome(tx.session.lock(ctx, class, ids))
}

// Own says that the transaction has inserted these rows itself: nobody else can
// wait for them, so they count as locked out of turn.
func (tx *Tx) Own(class LockClass, ids ...int64) {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	tx.held = append(tx.held, heldLocks{class, ids})
}

func (tx *Tx) backwards(class LockClass, ids []int64) bool {
	return class.Rank < tx.rank || class.Rank == tx.rank && ids[0] < tx.lastID
}

// without leaves the ids out that are held already.
func (tx *Tx) without(class LockClass, ids []int64) []int64 {
	return slices.DeleteFunc(slices.Clone(ids), func(id int64) bool {
		return slices.ContainsFunc(tx.held, func(h heldLocks) bool {
			_, found := slices.BinarySearch(h.ids, id)
			return found && h.class == class
		})
	})
}

func ascending(ids []int64) bool {
	for i := 1; i < len(ids); i++ {
		if ids[i-1] >= ids[i] {
			return false
		}
	}
	return true
}

// OneShared is One on a row that then stays as it is until the transaction
// ends, while others may hold it so too: for a row that many read and few
// change. It takes no part in the lock order, so take such a row first.
func OneShared[T any](
	ctx context.Context, tx *Tx, scan func(Scanner) (T, error), query string, args ...any,
) (T, error) {
	return One(ctx, tx, scan, tx.session.shared(query), args...)
}

// LockTable waits until nobody else holds a row lock in the table and keeps new
// ones away until the transaction ends; plain reads go on. A row that others
// share without a pause could never be locked alone: this waits in a queue
// that they join behind. It is for rare turns, and comes before every Lock.
func (tx *Tx) LockTable(ctx context.Context, table string) error {
	if err := tx.ready(); err != nil {
		return err
	}
	return tx.outcome(tx.session.lockTable(ctx, table))
}

// LockShared is OneShared without reading the row.
func (tx *Tx) LockShared(ctx context.Context, class LockClass, id int64) error {
	_, err := tx.Exec(ctx, tx.session.shared(
		"SELECT "+class.Key+" FROM "+class.Table+" WHERE "+class.Key+" = $1"), id)
	return err
}
