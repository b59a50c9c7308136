package db

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Tx is an open transaction: the only thing that can query. It belongs to one
// goroutine and is dead when its closure has returned.
type Tx struct {
	session session
	engine  Engine
	now     time.Time
	attempt int
	open    bool
	rank    int   // of the last lock class
	lastID  int64 // last id locked in that class
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

func (tx *Tx) check() {
	if !tx.open {
		panic("db: transaction used after its closure returned")
	}
}

// Exec runs one statement and returns the number of rows it touched.
func (tx *Tx) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	tx.check()
	n, err := tx.session.exec(ctx, query, args)
	return n, sorted(err)
}

// Scanner is the row that a scan function reads.
type Scanner interface {
	Scan(dest ...any) error
}

// Many runs a query and scans every row.
func Many[T any](
	ctx context.Context, tx *Tx, scan func(Scanner) (T, error), query string, args ...any,
) ([]T, error) {
	tx.check()
	r, err := tx.session.query(ctx, query, args)
	if err != nil {
		return nil, sorted(err)
	}
	return collect(r, scan)
}

// ManyByID runs a query that holds ":ids" in place of a list, as in
// "WHERE account_id IN (:ids)", for any number of ids in one round trip.
// Other arguments are $2, $3, …
func ManyByID[T any](
	ctx context.Context, tx *Tx, scan func(Scanner) (T, error),
	query string, ids []int64, args ...any,
) ([]T, error) {
	tx.check()
	if len(ids) == 0 {
		return nil, nil
	}
	r, err := tx.session.queryIDs(ctx, query, ids, args)
	if err != nil {
		return nil, sorted(err)
	}
	return collect(r, scan)
}

func collect[T any](r rows, scan func(Scanner) (T, error)) ([]T, error) {
	defer r.close()
	var out []T
	for r.Next() {
		v, err := scan(r)
		if err != nil {
			return nil, fmt.Errorf("scan row: %w", err)
		}
		out = append(out, v)
	}
	return out, sorted(r.Err())
}

// Each runs a query and hands every row to fn without keeping them: for
// exports and checks over whole tables.
func Each(
	ctx context.Context, tx *Tx, fn func(Scanner) error, query string, args ...any,
) error {
	tx.check()
	r, err := tx.session.query(ctx, query, args)
	if err != nil {
		return sorted(err)
	}
	defer r.close()
	for r.Next() {
		if err := fn(r); err != nil {
			return err
		}
	}
	return sorted(r.Err())
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

// Lock locks rows by id until the transaction ends; on SQLite, where one
// writer runs at a time, it does nothing. Ids may come in any order and twice.
// It panics when a class or id goes backwards within the transaction: that is
// a deadlock waiting for its day, and a mistake of the code.
func (tx *Tx) Lock(ctx context.Context, class LockClass, ids ...int64) error {
	tx.check()
	if len(ids) == 0 {
		return nil
	}
	if !slices.IsSorted(ids) {
		ids = slices.Clone(ids)
		slices.Sort(ids)
	}
	ids = slices.Compact(ids)
	if class.Rank < tx.rank || class.Rank == tx.rank && ids[0] < tx.lastID {
		panic(fmt.Sprintf("db: lock %s %d after rank %d id %d",
			class.Table, ids[0], tx.rank, tx.lastID))
	}
	tx.rank, tx.lastID = class.Rank, ids[len(ids)-1]
	return sorted(tx.session.lock(ctx, class, ids))
}

// LockShared keeps one row as it is until the transaction ends, while others
// may hold it so too: for a row that many read and few change. It takes no part
// in the lock order, so lock such a row first. On SQLite it does nothing.
func (tx *Tx) LockShared(ctx context.Context, class LockClass, id int64) error {
	tx.check()
	return sorted(tx.session.lockShared(ctx, class, id))
}

// Again makes Write roll back and run the closure once more, at most a few
// times: a balance moved under a cached decision, say.
func Again(reason string) error { return &again{reason} }

type again struct{ reason string }

func (a *again) Error() string { return "run the transaction again: " + a.reason }

func wantsAgain(err error) bool {
	var a *again
	return errors.As(err, &a)
}
