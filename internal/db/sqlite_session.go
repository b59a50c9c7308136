package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// liteSession is one SQLite connection with the statements it has prepared.
// Texts are constants of the code, so the cache is bounded by it.
type liteSession struct {
	conn     *sql.Conn
	writer   bool
	prepared map[string]*sql.Stmt
	raw      map[string]rawStmt  // bulk statements, used inside conn.Raw only
	args     []driver.NamedValue // of the last bulk statement, to be used again
	dead     error               // an error after which SQLite may have left the transaction
}

// rawStmt is a statement of the driver below database/sql.
type rawStmt interface {
	driver.Stmt
	driver.StmtExecContext
}

func newLiteSession(conn *sql.Conn) *liteSession {
	return &liteSession{
		conn: conn, prepared: map[string]*sql.Stmt{}, raw: map[string]rawStmt{},
	}
}

func (s *liteSession) close() error {
	var errs []error
	for _, st := range s.prepared {
		errs = append(errs, st.Close())
	}
	for _, st := range s.raw {
		errs = append(errs, st.Close())
	}
	return errors.Join(append(errs, s.conn.Close())...)
}

// run executes one statement of transaction control. Its ctx must not end.
func (s *liteSession) run(ctx context.Context, text string) error {
	st, err := s.stmt(ctx, text)
	if err == nil {
		_, err = st.ExecContext(ctx)
	}
	return s.seen(err)
}

// seen remembers an error after which SQLite may have rolled the whole
// transaction back (https://www.sqlite.org/lang_transaction.html, "Response To
// Errors Within A Transaction"). A statement run after it would commit by
// itself, so no closure runs any more until the group has ended.
func (s *liteSession) seen(err error) error {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		switch e.Code() & 0xff {
		case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM,
			sqlite3.SQLITE_BUSY, sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_CORRUPT:
			s.dead = err
		}
	}
	return err
}

// statement is the context of one statement. On the writer it never ends: an
// interrupted statement would roll back everybody's closures. The end of ctx
// is seen between statements.
func (s *liteSession) statement(ctx context.Context) (context.Context, error) {
	if !s.writer {
		return ctx, nil
	}
	return context.Background(), ctx.Err()
}

func (s *liteSession) stmt(ctx context.Context, query string) (*sql.Stmt, error) {
	if st, ok := s.prepared[query]; ok {
		return st, nil
	}
	st, err := s.conn.PrepareContext(ctx, query)
	if err == nil {
		s.prepared[query] = st
	}
	return st, err
}

func (s *liteSession) exec(ctx context.Context, query string, args []any) (int64, error) {
	ctx, err := s.statement(ctx)
	if err != nil {
		return 0, err
	}
	st, err := s.stmt(ctx, query)
	if err != nil {
		return 0, s.seen(err)
	}
	res, err := st.ExecContext(ctx, args...)
	if err != nil {
		return 0, s.seen(err)
	}
	return res.RowsAffected()
}

type liteRows struct {
	*sql.Rows
	session *liteSession
}

// Err remembers what went wrong on the way.
func (r liteRows) Err() error { return r.session.seen(r.Rows.Err()) }

func (r liteRows) close() { _ = r.Close() } // Err has told what there is to tell

func (s *liteSession) query(ctx context.Context, query string, args []any) (rows, error) {
	ctx, err := s.statement(ctx)
	if err != nil {
		return nil, err
	}
	st, err := s.stmt(ctx, query)
	if err != nil {
		return nil, s.seen(err)
	}
	r, err := st.QueryContext(ctx, args...)
	if err != nil {
		return nil, s.seen(err)
	}
	return liteRows{r, s}, nil
}

func (s *liteSession) queryIDs(
	ctx context.Context, query string, ids []int64, args []any,
) (rows, error) {
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	return s.query(ctx, liteIDs(query), append([]any{string(list)}, args...))
}

func liteIDs(query string) string {
	return strings.ReplaceAll(query, "(:ids)", "(SELECT value FROM json_each($1))")
}

// lock does nothing: the one writer has the database to itself.
func (s *liteSession) lock(context.Context, LockClass, []int64) error { return nil }

func (s *liteSession) lockTable(context.Context, string) error { return nil }

func (s *liteSession) shared(query string) string { return query }

func (s *liteSession) insertMany(
	ctx context.Context, in *Insert, n int, fill func(int, *Row),
) error {
	_, err := s.bulk(ctx, in.prepare(), nil, n, fill)
	return err
}

func (s *liteSession) updateMany(
	ctx context.Context, up *Update, to []any, n int, fill func(int, *Row),
) (int64, error) {
	return s.bulk(ctx, up.prepare(), to, n, fill)
}

// bulk runs multi-row statements below database/sql, whose conversion of every
// single argument costs about as much as the row itself. last are arguments
// behind the rows of each statement.
func (s *liteSession) bulk(
	ctx context.Context, t *texts, last []any, n int, fill func(int, *Row),
) (touched int64, err error) {
	if ctx, err = s.statement(ctx); err != nil {
		return 0, err
	}
	row := Row{form: liteArgs, columns: t.columns, args: s.args}
	for i := 0; i < n; {
		size := chunkFor(n - i)
		row.args = row.args[:0]
		for range size {
			fill(i, &row)
			i++
			row.full(i)
		}
		for _, a := range last {
			row.arg(a)
		}
		s.args = row.args
		err := s.conn.Raw(func(c any) error {
			st, err := s.rawStmt(ctx, c, t.lite[size])
			if err != nil {
				return err
			}
			res, err := st.ExecContext(ctx, row.args)
			if err != nil {
				return err
			}
			k, err := res.RowsAffected()
			touched += k
			return err
		})
		if err != nil {
			return touched, s.seen(err)
		}
	}
	return touched, nil
}

func chunkFor(left int) int {
	for _, c := range chunks {
		if c <= left {
			return c
		}
	}
	return 1
}

func (s *liteSession) rawStmt(ctx context.Context, c any, text string) (rawStmt, error) {
	if st, ok := s.raw[text]; ok {
		return st, nil
	}
	conn, ok := c.(driver.ConnPrepareContext)
	if !ok {
		return nil, errDriver
	}
	prepared, err := conn.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	st, ok := prepared.(rawStmt)
	if !ok {
		return nil, errors.Join(errDriver, prepared.Close())
	}
	s.raw[text] = st
	return st, nil
}

var errDriver = errors.New("db: this driver runs no statements of its own")
