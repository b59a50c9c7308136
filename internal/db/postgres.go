package db

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"openlend/internal/clock"
)

// pgStore is PostgreSQL: a pool of connections, one transaction per closure.
type pgStore struct {
	pool     *pgxpool.Pool
	readOnly bool
	settle   time.Duration
}

// commitTime bounds the wait for the answer of a COMMIT, which no caller's
// context may cut short.
const commitTime = 10 * time.Second

func openPostgres(ctx context.Context, o Options) (*pgStore, error) {
	cfg, err := pgxpool.ParseConfig(o.URL)
	if err != nil {
		return nil, ErrURL.With("%s", hidePassword(err))
	}
	cfg.MaxConns = 16
	if o.MaxConns > 0 {
		cfg.MaxConns = int32(o.MaxConns)
	}
	set := cfg.ConnConfig.RuntimeParams
	set["application_name"] = "openlend"
	set["timezone"] = "UTC"
	// Waits that never end would hold locks for ever.
	set["lock_timeout"] = "10s"
	set["idle_in_transaction_session_timeout"] = "60s"
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, sorted(err)
	}
	s := &pgStore{pool: pool, readOnly: o.ReadOnly, settle: o.Settle}
	if err := s.mustBeDurable(ctx); err != nil {
		pool.Close()
		return nil, err
	}
	return s, nil
}

// hidePassword keeps the connection string, which pgx quotes, out of messages.
func hidePassword(error) string { return "the connection string cannot be read" }

// mustBeDurable refuses a server that would acknowledge a commit before it is
// safe. (fsync itself is the operator's; tests run without it.)
func (s *pgStore) mustBeDurable(ctx context.Context) error {
	var commit string
	if err := s.pool.QueryRow(ctx, "SHOW synchronous_commit").Scan(&commit); err != nil {
		return sorted(err)
	}
	if commit == "off" || commit == "local" {
		return ErrSettings.With("synchronous_commit=%s", commit)
	}
	return nil
}

func (s *pgStore) close() error {
	s.pool.Close()
	return nil
}

// write runs the closure until its fate is known. A deadlock or serialization
// failure did nothing: again, with jitter. A lost COMMIT is unknown: again,
// and the closure's unique keys settle it, for as long as Settle.
func (s *pgStore) write(ctx context.Context, j *job) error {
	if s.readOnly {
		return ErrReadOnly
	}
	watch := clock.Start()
	unknown := false
	for nr := 0; ; nr++ {
		fate, err := s.once(ctx, j, nr)
		switch {
		case err == nil:
			return nil
		case fate == commitLost:
			unknown = true
		case fate == rolledBack && !transient(err):
			if unknown && !settled(err) {
				break // e.g. the server is still away: not an answer
			}
			return err
		}
		if unknown && watch.Elapsed() > s.settle {
			return fmt.Errorf("%w: %w", ErrOutcomeUnknown, err)
		}
		if !unknown && (nr >= attempts-1 || ctx.Err() != nil) {
			return err
		}
		if unknown {
			ctx = context.WithoutCancel(ctx) // the truth is wanted now
		}
		time.Sleep(backoff(nr))
	}
}

// transient errors rolled back and may succeed when run again.
func transient(err error) bool {
	k := kindOf(err)
	return k == kindRetry || k == kindLost || wantsAgain(err)
}

// settled says whether a closure's own error answers for an unknown commit: a
// refusal or a taken key does, a database that is away does not.
func settled(err error) bool {
	k := kindOf(err)
	return k != kindLost && k != kindRetry && k != kindFull
}

func backoff(nr int) time.Duration {
	step := time.Millisecond << min(nr, 6)
	return step/2 + rand.N(step) //nolint:gosec // jitter needs no secrecy
}

type fate uint8

const (
	committed fate = iota
	rolledBack
	commitLost
)

func (s *pgStore) once(ctx context.Context, j *job, nr int) (fate, error) {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return rolledBack, sorted(err)
	}
	defer conn.Release()
	ptx, err := conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.ReadCommitted})
	if err != nil {
		return rolledBack, sorted(err)
	}
	tx, err := j.attempt(ctx, &pgSession{ptx}, nr)
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTime)
	defer cancel()
	if err != nil {
		tx.finished(false)
		_ = ptx.Rollback(end) // a failed rollback closes the connection, which is one
		return rolledBack, err
	}
	err = ptx.Commit(end)
	tx.finished(err == nil)
	if err == nil {
		return committed, nil
	}
	err = sorted(err)
	if definite(err) {
		return rolledBack, err
	}
	return commitLost, err
}

// definite says whether a failed COMMIT certainly did nothing: the server
// itself answered with an error other than "completion unknown" (40003) or one
// of its shutdowns (57P01-57P03).
func definite(err error) bool {
	if errors.Is(err, pgx.ErrTxCommitRollback) {
		return true
	}
	var pe *pgconn.PgError
	if !errors.As(err, &pe) {
		return false
	}
	return pe.Code != "40003" && !strings.HasPrefix(pe.Code, "57P") &&
		!strings.HasPrefix(pe.Code, "08")
}

func (s *pgStore) read(ctx context.Context, j *job) error {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return sorted(err)
	}
	defer conn.Release()
	ptx, err := conn.BeginTx(ctx, pgx.TxOptions{
		IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly,
	})
	if err != nil {
		return sorted(err)
	}
	tx, err := j.attempt(ctx, &pgSession{ptx}, 0)
	tx.finished(false)
	if e := ptx.Rollback(context.WithoutCancel(ctx)); e != nil && err == nil {
		err = sorted(e)
	}
	return err
}

// fewRows are inserted by unnest rather than COPY.
const fewRows = 8

type pgSession struct{ tx pgx.Tx }

func (s *pgSession) exec(ctx context.Context, query string, args []any) (int64, error) {
	tag, err := s.tx.Exec(ctx, query, args...)
	return tag.RowsAffected(), err
}

type pgRows struct{ pgx.Rows }

func (r pgRows) close() { r.Close() }

func (s *pgSession) query(ctx context.Context, query string, args []any) (rows, error) {
	r, err := s.tx.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return pgRows{r}, nil
}

func (s *pgSession) queryIDs(
	ctx context.Context, query string, ids []int64, args []any,
) (rows, error) {
	return s.query(ctx, pgIDs(query), append([]any{ids}, args...))
}

func pgIDs(query string) string {
	return strings.ReplaceAll(query, "IN (:ids)", "= ANY($1::bigint[])")
}

func (s *pgSession) lock(ctx context.Context, class LockClass, ids []int64) error {
	_, err := s.tx.Exec(ctx, "SELECT "+class.Key+" FROM "+class.Table+" WHERE "+class.Key+
		" = ANY($1::bigint[]) ORDER BY "+class.Key+" FOR UPDATE", ids)
	return err
}

func (s *pgSession) shared(query string) string { return query + " FOR SHARE" }

// insertMany streams the rows by COPY, which writes about twice as many rows a
// second as unnest. COPY has no ON CONFLICT and takes one round trip more, so
// KeepExisting and a few rows use unnest.
func (s *pgSession) insertMany(
	ctx context.Context, in *Insert, n int, fill func(int, *Row),
) error {
	t := in.prepare()
	if in.KeepExisting || n <= fewRows {
		_, err := s.unnest(ctx, t.pg, len(in.Columns), n, fill)
		return err
	}
	row := Row{form: copyWire, wire: make([]byte, 0, 64+n*len(in.Columns)*14)}
	row.wire = append(row.wire, "PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00"...)
	for i := range n {
		row.wire = binary.BigEndian.AppendUint16(row.wire, uint16(len(in.Columns)))
		fill(i, &row)
	}
	row.wire = append(row.wire, 0xff, 0xff)
	_, err := s.tx.Conn().PgConn().CopyFrom(ctx, bytes.NewReader(row.wire), t.copy)
	return err
}

// updateMany runs one UPDATE … FROM unnest(…). The nested loop that is asked
// for visits, and so locks, the rows in the order of the arrays.
func (s *pgSession) updateMany(
	ctx context.Context, up *Update, n int, fill func(int, *Row),
) (int64, error) {
	const nested = "SELECT set_config('enable_hashjoin', $1, true), " +
		"set_config('enable_mergejoin', $1, true)"
	query, args := columnar(up.prepare().pg, len(up.columns()), n, fill)
	batch := &pgx.Batch{}
	batch.Queue(nested, "off")
	batch.Queue(query, args...)
	batch.Queue(nested, "on")
	results := s.tx.SendBatch(ctx, batch)
	if _, err := results.Exec(); err != nil {
		return 0, errors.Join(err, results.Close())
	}
	tag, err := results.Exec()
	return tag.RowsAffected(), errors.Join(err, results.Close())
}

func (s *pgSession) unnest(
	ctx context.Context, text string, columns, n int, fill func(int, *Row),
) (int64, error) {
	query, args := columnar(text, columns, n, fill)
	tag, err := s.tx.Exec(ctx, query, args...)
	return tag.RowsAffected(), err
}

// columnar turns rows into one array per column and puts the arrays' types
// into the text.
func columnar(text string, columns, n int, fill func(int, *Row)) (string, []any) {
	row := Row{form: pgArrays, cols: make([]column, columns)}
	for i := range n {
		fill(i, &row)
	}
	args := make([]any, columns)
	types := make([]any, columns)
	for i := range row.cols {
		args[i], types[i] = row.cols[i].array(), row.cols[i].pgType
	}
	return fmt.Sprintf(text, types...), args
}

// sortPostgres gives a driver error its kind, nil when it is not PostgreSQL's.
func sortPostgres(err error) error {
	var pe *pgconn.PgError
	if !errors.As(err, &pe) {
		var ce *pgconn.ConnectError
		var ne net.Error
		if errors.As(err, &ce) || errors.As(err, &ne) || pgconn.Timeout(err) ||
			pgconn.SafeToRetry(err) || lostLink(err) {
			return &Error{kind: kindLost, err: fmt.Errorf("postgres: %w", err)}
		}
		return nil
	}
	k := kindOther
	switch pe.Code {
	case "23505":
		k = kindDuplicate
	case "23514", "23502", "23503", "23001", "P0001":
		k = kindCheck
	case "40001", "40P01", "55P03":
		k = kindRetry
	case "53100":
		k = kindFull
	case "42501":
		k = kindDenied
	case "40003", "57P01", "57P02", "57P03", "53300":
		k = kindLost
	default:
		if strings.HasPrefix(pe.Code, "08") {
			k = kindLost
		}
	}
	return &Error{kind: k, Constraint: pe.ConstraintName,
		err: fmt.Errorf("postgres: %s (%s): %w", pe.Message, pe.Code, err)}
}
