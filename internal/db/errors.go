package db

import (
	"errors"
	"fmt"
	"runtime/debug"

	"openlend/refusal"
)

// What this package refuses or reports.
var (
	ErrURL = refusal.New("db.url",
		"the database must be given as sqlite:PATH or postgres://…")
	ErrSecondWriter = refusal.New("db.second_writer",
		"another process already writes to this database file")
	ErrSettings = refusal.New("db.settings",
		"the database does not run with durable settings")
	ErrOwnerRole = refusal.New("db.owner_role",
		"this role owns the tables or is a superuser; serve with a role that may not change them")
	ErrNewerSchema = refusal.New("db.newer_schema",
		"the database was made by a newer openlend; use that version")
	ErrOlderSchema = refusal.New("db.older_schema",
		"the database is behind this openlend; run openlend migrate")
	ErrOutcomeUnknown = refusal.New("db.outcome_unknown",
		"the database did not confirm the commit; the outcome is not known yet")
	ErrDiskFull    = refusal.New("db.disk_full", "the disk is full, nothing was written")
	ErrUnavailable = refusal.New("db.unavailable", "the database cannot be reached")
	ErrBusy        = refusal.New("db.busy", "others are at work on the same rows; try again")
	ErrReadOnly    = refusal.New("db.read_only", "the database was opened for reading only")
	ErrNotFound    = errors.New("db: no such row")
)

var errClosed = ErrUnavailable.With("it is closed")

// kind is what the house does about a driver error.
type kind uint8

const (
	kindOther     kind = iota
	kindDuplicate      // a unique key is taken
	kindCheck          // a constraint or trigger refused the row
	kindRetry          // serialization failure or deadlock: run again
	kindLost           // the connection is gone; before COMMIT nothing happened
	kindBusy           // a lock was not given in time
	kindFull           // no space
	kindDenied         // the role may not do this
	kindReadOnly       // a write where only reading is possible
)

// Error is a driver error sorted by kind.
type Error struct {
	kind kind
	// Constraint is the name of the violated constraint where the engine tells:
	// PostgreSQL for all, SQLite for a named CHECK.
	Constraint string
	err        error
}

func (e *Error) Error() string { return e.err.Error() }

// Unwrap gives the driver's error, and the refusal that fits it if any.
func (e *Error) Unwrap() []error {
	switch e.kind {
	case kindFull:
		return []error{ErrDiskFull, e.err}
	case kindLost:
		return []error{ErrUnavailable, e.err}
	case kindBusy:
		return []error{ErrBusy, e.err}
	case kindReadOnly:
		return []error{ErrReadOnly, e.err}
	}
	return []error{e.err}
}

func kindOf(err error) kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.kind
	}
	return kindOther
}

// IsDuplicate says whether a unique key was taken already.
func IsDuplicate(err error) bool { return kindOf(err) == kindDuplicate }

// IsCheck says whether a constraint other than a unique key (CHECK, NOT NULL,
// foreign key) or a guarding trigger refused a row.
func IsCheck(err error) bool { return kindOf(err) == kindCheck }

// IsDenied says whether the database role lacks the privilege.
func IsDenied(err error) bool { return kindOf(err) == kindDenied }

// sorted wraps a driver error with its kind. The end of a context keeps its
// own error: it is the caller's doing, not the database's.
func sorted(err error) error {
	if err == nil {
		return nil
	}
	if _, done := errors.AsType[*Error](err); done {
		return err
	}
	if s := sortSQLite(err); s != nil {
		return s
	}
	if s := sortPostgres(err); s != nil {
		return s
	}
	return err
}

// panicked carries a panic from a store's goroutine to the caller's.
type panicked struct {
	value any
	stack []byte
}

func newPanicked(p any) error {
	if q, ok := p.(*panicked); ok {
		return q
	}
	return &panicked{p, debug.Stack()}
}

func (p *panicked) Error() string { return fmt.Sprintf("panic: %v\n%s", p.value, p.stack) }

func isPanic(err error) bool {
	_, ok := errors.AsType[*panicked](err)
	return ok
}

func rethrow(err error) {
	if p, ok := errors.AsType[*panicked](err); ok {
		panic(p)
	}
}

// Again makes Write roll back and run the closure once more, at most a few
// times: a balance moved under a cached decision, say.
func Again(reason string) error { return &again{reason} }

type again struct{ reason string }

func (a *again) Error() string { return "run the transaction again: " + a.reason }

// attempts are the runs of a closure that deadlocks or wants to run again.
const attempts = 8

// exhausted is the answer when every one of them has failed.
func exhausted(err error) error {
	return fmt.Errorf("%w (%d runs: %w)", ErrBusy, attempts, err)
}

func wantsAgain(err error) bool {
	_, ok := errors.AsType[*again](err)
	return ok
}
