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
	readers  *sql.DB
	writer   *sql.DB
	lockFile *os.File
	sessions chan *liteSession // idle readers with their prepared statements
	queue    chan *liteJob
	bulk     chan *liteJob
	stop     chan struct{}
	stopped  chan struct{}
	out      *liteSession
	broken   error // a commit failed in a way that cannot be trusted any more
}

// Durability is not a setting: FULL is read back at start. The cache is 64 MB
// for the writer (hot balance pages) and 8 MB for each reader.
const litePragmas = "_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)" +
	"&_pragma=journal_mode(WAL)&_pragma=synchronous(2)&_pragma=temp_store(0)" +
	"&_pragma=wal_autocheckpoint(8192)&_pragma=journal_size_limit(268435456)"

func openSQLite(ctx context.Context, path string, o Options) (*liteStore, error) {
	path = strings.TrimPrefix(path, "//")
	if path == "" {
		return nil, ErrURL
	}
	s := &liteStore{
		queue: make(chan *liteJob, 4096), bulk: make(chan *liteJob, 1024),
		stop: make(chan struct{}), stopped: make(chan struct{}),
	}
	if err := s.open(ctx, path, o); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *liteStore) open(ctx context.Context, path string, o Options) error {
	if o.ReadOnly {
		if _, err := os.Stat(path); err != nil {
			return ErrUnavailable.With("%s does not exist", path)
		}
	} else if err := s.takeFileLock(path); err != nil {
		return err
	}
	file := liteFile(path)
	readers := 4
	if o.MaxConns > 0 {
		readers = o.MaxConns
	}
	if !o.ReadOnly {
		w, err := sql.Open("sqlite", file+"?"+litePragmas+"&_pragma=cache_size(-65536)")
		if err != nil {
			return err
		}
		s.writer = w
		conn, err := w.Conn(ctx)
		if err != nil {
			return sorted(err)
		}
		s.out = newLiteSession(conn)
		if err := mustBeDurable(ctx, conn); err != nil {
			return err
		}
		go s.write1()
	}
	r, err := sql.Open("sqlite",
		file+"?"+litePragmas+"&_pragma=cache_size(-8192)&_pragma=query_only(1)")
	if err != nil {
		return err
	}
	s.readers = r
	r.SetMaxOpenConns(readers)
	s.sessions = make(chan *liteSession, readers)
	for range readers {
		s.sessions <- nil // opened when first wanted
	}
	return sorted(r.PingContext(ctx))
}

// liteFile is the URI of a database file.
func liteFile(path string) string { return "file:" + (&url.URL{Path: path}).EscapedPath() }

// takeFileLock refuses a second writer. The lock dies with the process, so a
// kill leaves nothing to clean.
func (s *liteStore) takeFileLock(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return errors.Join(ErrSecondWriter.With("%s", path), f.Close())
	}
	s.lockFile = f
	return nil
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

func (s *liteStore) close() error {
	var errs []error
	if s.out != nil {
		close(s.stop)
		<-s.stopped
		errs = append(errs, s.out.close())
	}
	if s.writer != nil {
		errs = append(errs, s.writer.Close())
	}
	if s.readers != nil {
		for range cap(s.sessions) {
			if r := <-s.sessions; r != nil {
				errs = append(errs, r.close())
			}
		}
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
	case r = <-s.sessions:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { s.sessions <- r }()
	if r == nil {
		conn, err := s.readers.Conn(ctx)
		if err != nil {
			return sorted(err)
		}
		r = newLiteSession(conn)
	}
	r.dead = nil
	if err := r.run(ctx, "BEGIN"); err != nil {
		return sorted(err)
	}
	tx, err := j.attempt(ctx, r, 0)
	// The reader must let go of its snapshot whatever happened to ctx.
	if e := r.run(context.WithoutCancel(ctx), "ROLLBACK"); e != nil && err == nil {
		err = sorted(e)
	}
	tx.finished(false)
	return err
}

// sortSQLite gives a driver error its kind, nil when it is not SQLite's.
func sortSQLite(err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return nil
	}
	k := kindOther
	switch code := e.Code(); code {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY,
		sqlite3.SQLITE_CONSTRAINT_ROWID:
		k = kindDuplicate
	case sqlite3.SQLITE_CONSTRAINT_CHECK, sqlite3.SQLITE_CONSTRAINT_TRIGGER,
		sqlite3.SQLITE_CONSTRAINT_NOTNULL, sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		k = kindCheck
	default:
		if code&0xff == sqlite3.SQLITE_FULL {
			k = kindFull
		}
	}
	return &Error{kind: k, err: fmt.Errorf("sqlite: %w", err)}
}
