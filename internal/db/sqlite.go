package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// liteStore is SQLite in WAL mode: one writing connection owned by one
// goroutine that gathers waiting closures into one commit, and a pool of
// readers on snapshots.
type liteStore struct {
	lockFile *os.File // of a writer
	writer   *sql.DB
	out      *liteSession // the writer's only connection, nil when read-only
	readers  *sql.DB
	idle     chan *liteSession // readers with their prepared statements; nil: to be opened

	queue   chan *liteJob
	pieces  chan *liteJob // of long jobs
	stop    chan struct{} // closed by close
	stopped chan struct{} // closed when the writing goroutine has ended
	broken  error         // a commit failed in a way that cannot be trusted any more
}

// Durability is not a setting: FULL is read back at start. The cache is 64 MB
// for the writer (hot balance pages) and 8 MB for each reader. With recursive
// triggers INSERT OR REPLACE meets the triggers of append-only tables too.
const (
	litePragmas = "?_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)" +
		"&_pragma=recursive_triggers(1)"
	liteWriter = litePragmas + "&_pragma=journal_mode(WAL)&_pragma=synchronous(2)" +
		"&_pragma=wal_autocheckpoint(8192)&_pragma=journal_size_limit(268435456)"
	liteReader = litePragmas + "&_pragma=cache_size(-8192)&_pragma=query_only(1)"
)

// openSQLite opens the file at path ("//" before it, as in a URL, is left out).
func openSQLite(ctx context.Context, path string, o Options) (*liteStore, error) {
	path, err := litePath(path)
	if err != nil {
		return nil, err
	}
	s := &liteStore{
		queue: make(chan *liteJob, 4096), pieces: make(chan *liteJob, 1024),
		stop: make(chan struct{}), stopped: make(chan struct{}),
	}
	if o.ReadOnly {
		err = s.openReaders(ctx, path, "&mode=ro", o.MaxConns)
		close(s.stopped) // there is no writer
	} else {
		err = s.openBoth(ctx, path, o.MaxConns)
	}
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// litePath is the one path of a database file: two names of one file must not
// give two locks. Refusal: ErrURL.
func litePath(path string) (string, error) {
	path = strings.TrimPrefix(path, "//")
	if path == "" || strings.HasSuffix(path, "/") {
		return "", ErrURL
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	resolved, err := filepath.EvalSymlinks(path)
	if errors.Is(err, os.ErrNotExist) {
		return path, nil // it will be made
	}
	return resolved, err
}

// liteURI is the URI of a database file: SQLite decodes what is escaped.
func liteURI(path string) string { return "file:" + (&url.URL{Path: path}).EscapedPath() }

func (s *liteStore) openReaders(ctx context.Context, path, mode string, n int) error {
	if _, err := os.Stat(path); err != nil {
		return ErrUnavailable.With("%v", err)
	}
	if n <= 0 {
		n = 4
	}
	var err error
	if s.readers, err = sql.Open("sqlite", liteURI(path)+liteReader+mode); err != nil {
		return err
	}
	s.readers.SetMaxOpenConns(n)
	s.readers.SetMaxIdleConns(0) // idle has them; one that is given up is closed
	s.idle = make(chan *liteSession, n)
	for range n {
		s.idle <- nil
	}
	return sorted(s.readers.PingContext(ctx))
}

// openBoth opens the writer, and readers beside it.
func (s *liteStore) openBoth(ctx context.Context, path string, readers int) error {
	if err := s.openWriter(ctx, path); err != nil {
		close(s.stopped) // it never ran
		return err
	}
	go s.work()
	return s.openReaders(ctx, path, "", readers)
}

func (s *liteStore) openWriter(ctx context.Context, path string) error {
	if err := s.takeFile(path); err != nil {
		return err
	}
	var err error
	s.writer, err = sql.Open("sqlite", liteURI(path)+liteWriter+"&_pragma=cache_size(-65536)")
	if err != nil {
		return err
	}
	conn, err := s.writer.Conn(ctx)
	if err != nil {
		return sorted(err)
	}
	s.out = newLiteSession(conn)
	s.out.writer = true
	return mustBeDurable(ctx, conn)
}

// takeFile refuses a second writer and makes the file, for its owner only. The
// lock dies with the process, so a kill leaves nothing to clean. It is a file
// of its own: closing any descriptor of the database itself would drop the
// locks that SQLite holds on it.
func (s *liteStore) takeFile(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	s.lockFile = f
	switch err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); {
	case errors.Is(err, syscall.EWOULDBLOCK):
		return ErrSecondWriter.With("%s", path)
	case err != nil:
		return fmt.Errorf("lock %s: %w", f.Name(), err)
	}
	made, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return nil // and its rights are the operator's
	}
	if err != nil {
		return err
	}
	return made.Close() // -wal and -shm get the same rights from SQLite
}

// mustBeDurable reads back the two settings that keep acknowledged commits.
func mustBeDurable(ctx context.Context, conn *sql.Conn) error {
	var journal string
	var synchronous int
	if err := conn.QueryRowContext(ctx, "PRAGMA journal_mode").Scan(&journal); err != nil {
		return sorted(err)
	}
	if err := conn.QueryRowContext(ctx, "PRAGMA synchronous").Scan(&synchronous); err != nil {
		return sorted(err)
	}
	if journal != "wal" || synchronous != 2 {
		return ErrSettings.With("journal_mode=%s synchronous=%d", journal, synchronous)
	}
	return nil
}

// close waits for the group that runs and for the reads that run. The file's
// lock goes last: until then nobody else may write.
func (s *liteStore) close() error {
	close(s.stop)
	<-s.stopped
	var errs []error
	if s.out != nil {
		errs = append(errs, s.out.close())
	}
	if s.writer != nil {
		errs = append(errs, s.writer.Close())
	}
	for range cap(s.idle) {
		if r := <-s.idle; r != nil {
			errs = append(errs, r.close())
		}
	}
	if s.readers != nil {
		errs = append(errs, s.readers.Close())
	}
	if s.lockFile != nil {
		errs = append(errs, s.lockFile.Close())
	}
	return errors.Join(errs...)
}

func (s *liteStore) read(ctx context.Context, j *job) error {
	var r *liteSession
	select {
	case <-s.stop:
		return errClosed
	default:
	}
	select {
	case r = <-s.idle:
	case <-ctx.Done():
		return ctx.Err()
	case <-s.stop:
		return errClosed
	}
	usable := false
	defer func() { // also when the closure ends its goroutine, as t.FailNow does
		if r != nil && !usable {
			_ = r.close() // what is wrong with it has been told
			r = nil
		}
		s.idle <- r
	}()
	if r == nil {
		conn, err := s.readers.Conn(ctx)
		if err != nil {
			return sorted(err)
		}
		r = newLiteSession(conn)
	}
	// Only the closure's own statements end with ctx: a reader must always let
	// go of its snapshot.
	end := context.WithoutCancel(ctx)
	if err := r.run(end, "BEGIN"); err != nil {
		return sorted(err)
	}
	tx, err := j.attempt(ctx, r, 0)
	tx.finished(false)
	ended := r.run(end, "ROLLBACK")
	usable = ended == nil
	if err == nil {
		err = sorted(ended)
	}
	return err
}

// sortSQLite gives a driver error its kind, nil when it is not SQLite's.
func sortSQLite(err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return nil
	}
	out := &Error{err: fmt.Errorf("sqlite: %w", err)}
	switch code := e.Code(); code {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY,
		sqlite3.SQLITE_CONSTRAINT_ROWID:
		out.kind = kindDuplicate
	case sqlite3.SQLITE_CONSTRAINT_CHECK:
		out.kind = kindCheck
		_, name, _ := strings.Cut(e.Error(), "CHECK constraint failed: ")
		out.Constraint, _, _ = strings.Cut(name, " ")
	case sqlite3.SQLITE_CONSTRAINT_TRIGGER, sqlite3.SQLITE_CONSTRAINT_NOTNULL,
		sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		out.kind = kindCheck
	default:
		switch code & 0xff {
		case sqlite3.SQLITE_FULL:
			out.kind = kindFull
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
			out.kind = kindBusy
		case sqlite3.SQLITE_READONLY:
			out.kind = kindReadOnly
		}
	}
	return out
}
