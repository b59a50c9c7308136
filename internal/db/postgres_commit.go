package db

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// endTime bounds the wait for the answer of a COMMIT, which no caller's context
// may cut short, and of a ROLLBACK. An answer later than this is a lost one.
const endTime = 10 * time.Second

// fate is what is known of one run of a closure.
type fate uint8

const (
	rolledBack fate = iota
	committed
	unknown // COMMIT was sent and its answer lost
)

// once runs the closure in one transaction.
func (s *pgStore) once(ctx context.Context, j *job, nr int) (fate, error) {
	conn, ptx, err := s.begin(ctx, pgx.TxOptions{IsoLevel: pgx.ReadCommitted})
	if err != nil {
		return rolledBack, err
	}
	defer conn.Release() // closes a connection that is still in a transaction
	tx, err := j.attempt(ctx, &pgSession{ptx}, nr)
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTime)
	defer cancel()
	if err != nil {
		_ = ptx.Rollback(end) // or its connection is closed, which is one
		tx.finished(false)
		return rolledBack, err
	}
	err = commit(end, ptx)
	tx.finished(err == nil)
	switch {
	case err == nil:
		return committed, nil
	case definite(err):
		return rolledBack, sorted(err)
	}
	return unknown, sorted(err)
}

// pursue finds out what became of a COMMIT whose answer was lost: the closure
// runs again until one run commits, which proves that its work is there once
// (its unique keys see to that). Until then every other end is no answer, a
// refusal or a taken key least of all: the lost commit may be its reason.
func (s *pgStore) pursue(ctx context.Context, j *job, nr int, err error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.settle)
	defer cancel()
	for ; pause(ctx, nr) == nil; nr++ {
		var f fate
		switch f, err = s.once(ctx, j, nr); {
		case f == committed:
			return nil
		case isPanic(err):
			return err
		case f == rolledBack && hopeless(err):
			return ErrOutcomeUnknown.With("%v", err)
		}
	}
	return ErrOutcomeUnknown.With("%v", err)
}

// hopeless errors would come again: the closure's own, and those of its
// statements that no waiting cures.
func hopeless(err error) bool {
	switch kindOf(err) {
	case kindOther:
		return !wantsAgain(err)
	case kindDuplicate, kindCheck, kindDenied:
		return true
	}
	return false
}

// definite says whether a failed COMMIT certainly did nothing: the server
// itself answered so, and it was neither "completion unknown" (40003) nor the
// end of the session, which may come after the commit was written.
func definite(err error) bool {
	if errors.Is(err, pgx.ErrTxCommitRollback) {
		return true
	}
	var pe *pgconn.PgError
	return errors.As(err, &pe) && pe.SeverityUnlocalized == "ERROR" && pe.Code != "40003" &&
		!strings.HasPrefix(pe.Code, "57P") && !strings.HasPrefix(pe.Code, "08")
}

// committing is the key of a connection's flag (*atomic.Bool) that a COMMIT is
// under way.
const committing = "openlend.committing"

// commit commits. While it waits, pgx must not send a cancel request, as it
// does for every link that breaks: a COMMIT that waits for its standby would
// be acknowledged without it.
func commit(ctx context.Context, ptx pgx.Tx) error {
	conn := ptx.Conn()
	flag, ok := conn.PgConn().CustomData()[committing].(*atomic.Bool)
	if !ok {
		return errUnwatched
	}
	flag.Store(true)
	err := ptx.Commit(ctx)
	if !conn.IsClosed() {
		flag.Store(false)
	}
	return err
}

var (
	errCommitting = errors.New("db: a COMMIT is never cancelled")
	errUnwatched  = errors.New("db: this connection is not of our pool")
)

// watchCommits gives a new connection its flag, and lets the dialer, which pgx
// uses for cancel requests too, refuse while it is set.
func watchCommits(_ context.Context, c *pgx.ConnConfig) error {
	flag := new(atomic.Bool)
	dial := c.DialFunc
	c.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		if flag.Load() {
			return nil, errCommitting
		}
		return dial(ctx, network, address)
	}
	after := c.AfterConnect
	c.AfterConnect = func(ctx context.Context, conn *pgconn.PgConn) error {
		conn.CustomData()[committing] = flag
		if after == nil {
			return nil
		}
		return after(ctx, conn)
	}
	return nil
}
