package db

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// pgStore is PostgreSQL: a pool of connections, one transaction per closure.
type pgStore struct {
	pool     *pgxpool.Pool
	readOnly bool
	settle   time.Duration
	closed   atomic.Bool
}

func openPostgres(ctx context.Context, o Options) (*pgStore, error) {
	cfg, err := pgxpool.ParseConfig(o.URL)
	if err != nil {
		return nil, errUnreadableURL
	}
	cfg.MaxConns = 16
	if o.MaxConns > 0 {
		cfg.MaxConns = int32(min(o.MaxConns, 10_000))
	}
	setUpConn(cfg.ConnConfig)
	cfg.BeforeConnect = watchCommits
	if !o.ReadOnly && cfg.ConnConfig.ValidateConnect == nil {
		// Of several hosts the primary: a standby would refuse writes and read late.
		cfg.ConnConfig.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, sorted(err)
	}
	s := &pgStore{pool: pool, readOnly: o.ReadOnly, settle: o.Settle}
	if err := s.mustBeFit(ctx, o); err != nil {
		pool.Close()
		return nil, err
	}
	return s, nil
}

// errUnreadableURL says nothing of why: pgx quotes the URL, password and all.
var errUnreadableURL = ErrURL.With("the connection string cannot be read")

// setUpConn sets what every session of ours runs with.
func setUpConn(c *pgx.ConnConfig) {
	if c.ConnectTimeout == 0 {
		c.ConnectTimeout = 5 * time.Second // a silent host must not hold a place in the pool
	}
	c.RuntimeParams["application_name"] = "openlend"
	c.RuntimeParams["timezone"] = "UTC"
	// Waits that never end would hold locks for ever.
	c.RuntimeParams["lock_timeout"] = "10s"
	c.RuntimeParams["idle_in_transaction_session_timeout"] = "60s"
}

// mustBeFit refuses a server that would acknowledge a commit before it is safe
// (fsync itself is the operator's; tests run without it), and if asked a role
// that could change the tables.
func (s *pgStore) mustBeFit(ctx context.Context, o Options) error {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return s.sorted(ctx, err)
	}
	defer conn.Release()
	var commit string
	if err := conn.QueryRow(ctx, "SHOW synchronous_commit").Scan(&commit); err != nil {
		return sorted(err)
	}
	if commit == "off" || commit == "local" {
		return ErrSettings.With("synchronous_commit=%s", commit)
	}
	if !o.RefuseOwner {
		return nil
	}
	var role string
	var owns bool
	if err := conn.QueryRow(ctx, ownsTables).Scan(&role, &owns); err != nil {
		return sorted(err)
	}
	if owns {
		return ErrOwnerRole.With("%s", role)
	}
	return nil
}

// ownsTables asks for the role that has logged in, since SET ROLE does not
// bind it, and whether it may become an owner of the database, of the schema
// or of anything in it (a superuser may become anybody).
const ownsTables = `SELECT session_user::text, pg_has_role(session_user, owner, 'MEMBER')
FROM (SELECT datdba FROM pg_database WHERE datname = current_database()
	UNION SELECT nspowner FROM pg_namespace WHERE nspname = current_schema()
	UNION SELECT relowner FROM pg_class
		WHERE relnamespace = current_schema()::regnamespace) AS o(owner)
ORDER BY 2 DESC LIMIT 1`

func (s *pgStore) close() error {
	s.closed.Store(true)
	s.pool.Close()
	return nil
}

// sorted is sorted for what kept a transaction from beginning: a caller who
// waits no longer, or our own end.
func (s *pgStore) sorted(ctx context.Context, err error) error {
	switch {
	case s.closed.Load():
		return errClosed
	case ctx.Err() != nil:
		return fmt.Errorf("waiting for a connection: %w", ctx.Err())
	}
	return sorted(err)
}

// begin begins a transaction. When an idle connection turns out to be dead, so
// are the others probably (the server was started anew): all are given up.
func (s *pgStore) begin(ctx context.Context, o pgx.TxOptions) (*pgxpool.Conn, pgx.Tx, error) {
	for fresh := false; ; fresh = true {
		conn, err := s.pool.Acquire(ctx)
		if err != nil {
			return nil, nil, s.sorted(ctx, err)
		}
		tx, err := conn.BeginTx(ctx, o)
		if err == nil {
			return conn, tx, nil
		}
		conn.Release()
		if err = s.sorted(ctx, err); fresh || kindOf(err) != kindLost {
			return nil, nil, err
		}
		s.pool.Reset()
	}
}

func (s *pgStore) read(ctx context.Context, j *job) error {
	conn, ptx, err := s.begin(ctx, pgx.TxOptions{
		IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly,
	})
	if err != nil {
		return err
	}
	defer conn.Release() // closes a connection that is still in a transaction
	tx, err := j.attempt(ctx, &pgSession{ptx}, 0)
	tx.finished(false)
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTime)
	defer cancel()
	if e := ptx.Rollback(end); e != nil && err == nil {
		err = sorted(e)
	}
	return err
}

// write runs the closure until its fate is known. What rolled back for a
// deadlock, a lost link or at the closure's wish runs again, with jitter, a few
// times; a COMMIT without an answer is pursued.
func (s *pgStore) write(ctx context.Context, j *job) error {
	if s.readOnly {
		return ErrReadOnly
	}
	for nr := 0; ; nr++ {
		fate, err := s.once(ctx, j, nr)
		switch {
		case fate == committed:
			return nil
		case fate == unknown:
			return s.pursue(ctx, j, nr+1, err)
		case !transient(err):
			return err
		case nr == attempts-1 && kindOf(err) == kindLost:
			return err
		case nr == attempts-1:
			return exhausted(err)
		}
		if pause(ctx, nr) != nil {
			return err
		}
	}
}

// transient errors rolled back and may be gone when the closure runs again.
func transient(err error) bool {
	k := kindOf(err)
	return k == kindRetry || k == kindLost || wantsAgain(err)
}

// pause waits before run nr+1, longer each time. Error: that of ctx.
func pause(ctx context.Context, nr int) error {
	step := time.Millisecond << min(nr, 6)
	timer := time.NewTimer(step/2 + rand.N(step)) // jitter
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// sortPostgres gives a driver error its kind, nil when it is not PostgreSQL's.
func sortPostgres(err error) error {
	var pe *pgconn.PgError
	if !errors.As(err, &pe) {
		if lostLink(err) {
			return &Error{kind: kindLost, err: fmt.Errorf("postgres: %w", err)}
		}
		return nil
	}
	k := kindOther
	switch pe.Code {
	case "23505":
		k = kindDuplicate
	case "23514", "23502", "23503", "23001", "P0001": // P0001: RAISE of a trigger
		k = kindCheck
	case "40001", "40P01":
		k = kindRetry
	case "55P03":
		k = kindBusy
	case "53100":
		k = kindFull
	case "42501":
		k = kindDenied
	case "25006":
		k = kindReadOnly
	case "40003", "53300":
		k = kindLost
	default:
		switch {
		case strings.HasPrefix(pe.Code, "080"), strings.HasPrefix(pe.Code, "57P"):
			k = kindLost
		case strings.HasPrefix(pe.Code, "28"): // a password, say
			k = kindDenied
		}
	}
	return &Error{kind: k, Constraint: pe.ConstraintName, err: fmt.Errorf("postgres: %w", err)}
}

// lostLink recognises a server that could not be reached or went away under a
// statement. The end of the caller's context is neither.
func lostLink(err error) bool {
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	var network net.Error
	return errors.As(err, &network) || pgconn.Timeout(err) || pgconn.SafeToRetry(err) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) || errors.Is(err, pgconn.ErrConnClosed) ||
		errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET)
}
