package db

import (
	"errors"
	"fmt"
	"io"
	"net"
	"runtime/debug"
	"strings"
	"syscall"

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
	ErrOutcomeUnknown = refusal.New("db.outcome_unknown",
		"the database did not confirm the commit; the outcome is not known yet")
	ErrDiskFull    = refusal.New("db.disk_full", "the disk is full, nothing was written")
	ErrUnavailable = refusal.New("db.unavailable", "the database cannot be reached")
	ErrReadOnly    = refusal.New("db.read_only", "the database was opened for reading only")
	ErrNotFound    = errors.New("db: no such row")
)

// kind is what the house does about a driver error.
type kind uint8

const (
	kindOther     kind = iota
	kindDuplicate      // a unique key is taken
	kindCheck          // a CHECK or trigger refused the row
	kindRetry          // serialization failure or deadlock: run again
	kindLost           // the connection is gone; before COMMIT nothing happened
	kindFull           // no space
	kindDenied         // the role may not do this
)

// Error is a driver error sorted by kind.
type Error struct {
	kind       kind
	Constraint string // name of the violated constraint where the engine tells
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
	}
	return []error{e.err}
}

func kindOf(err error) kind {
	var e *Error
	if errors.As(err, &e) {
		return e.kind
	}
	return kindOther
}

// IsDuplicate says whether a unique key was taken already.
func IsDuplicate(err error) bool { return kindOf(err) == kindDuplicate }

// IsCheck says whether a CHECK constraint or a guarding trigger refused a row.
func IsCheck(err error) bool { return kindOf(err) == kindCheck }

// IsDenied says whether the database role lacks the privilege.
func IsDenied(err error) bool { return kindOf(err) == kindDenied }

// sorted wraps a driver error with its kind.
func sorted(err error) error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
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

func rethrow(err error) {
	var p *panicked
	if errors.As(err, &p) {
		panic(p)
	}
}

// lostLink recognises a connection that ended under a statement.
func lostLink(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) || errors.Is(err, syscall.EPIPE) ||
		errors.Is(err, syscall.ECONNRESET) ||
		strings.Contains(err.Error(), "conn closed") // pgx has no value for it
}
