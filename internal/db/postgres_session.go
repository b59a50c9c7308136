package db

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// pgSession runs statements in one transaction of PostgreSQL.
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

// lock locks in the order of the sort below it.
func (s *pgSession) lock(ctx context.Context, class LockClass, ids []int64) error {
	_, err := s.tx.Exec(ctx, "SELECT "+class.Key+" FROM "+class.Table+" WHERE "+class.Key+
		" = ANY($1::bigint[]) ORDER BY "+class.Key+" FOR UPDATE", ids)
	return err
}

func (s *pgSession) lockTable(ctx context.Context, table string) error {
	_, err := s.tx.Exec(ctx, "LOCK TABLE "+table+" IN EXCLUSIVE MODE")
	return err
}

func (s *pgSession) shared(query string) string { return query + " FOR SHARE" }

// fewRows are inserted by unnest rather than COPY.
const fewRows = 8

// insertMany streams the rows by COPY, which writes about twice as many rows a
// second as unnest. COPY has no ON CONFLICT and takes one round trip more, so
// KeepExisting and a few rows use unnest.
func (s *pgSession) insertMany(
	ctx context.Context, in *Insert, n int, fill func(int, *Row),
) error {
	t := in.prepare()
	if in.KeepExisting || n <= fewRows {
		query, args := columnar(t, n, fill)
		_, err := s.tx.Exec(ctx, query, args...)
		return err
	}
	row := Row{form: copyWire, columns: t.columns, wire: make([]byte, 0, 64+n*t.columns*14)}
	row.wire = append(row.wire, "PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00"...)
	for i := range n {
		row.wire = binary.BigEndian.AppendUint16(row.wire, uint16(t.columns))
		fill(i, &row)
		row.full(i + 1)
	}
	row.wire = append(row.wire, 0xff, 0xff)
	_, err := s.tx.Conn().PgConn().CopyFrom(ctx, bytes.NewReader(row.wire), t.copy)
	return err
}

// updateMany runs one UPDATE … FROM unnest(…). The nested loop that is asked
// for visits, and so locks, the rows in the order of the arrays.
func (s *pgSession) updateMany(
	ctx context.Context, up *Update, to []any, n int, fill func(int, *Row),
) (int64, error) {
	const nested = "SELECT set_config('enable_hashjoin', $1, true), " +
		"set_config('enable_mergejoin', $1, true)"
	query, args := columnar(up.prepare(), n, fill)
	batch := &pgx.Batch{}
	batch.Queue(nested, "off")
	batch.Queue(query, append(args, to...)...)
	batch.Queue(nested, "on")
	results := s.tx.SendBatch(ctx, batch)
	if _, err := results.Exec(); err != nil {
		return 0, errors.Join(err, results.Close())
	}
	tag, err := results.Exec()
	return tag.RowsAffected(), errors.Join(err, results.Close())
}

// columnar turns rows into one array per column and puts the arrays' types
// into the text.
func columnar(t *texts, n int, fill func(int, *Row)) (query string, args []any) {
	row := Row{form: pgArrays, columns: t.columns, cols: make([]column, t.columns), rows: n}
	for i := range n {
		fill(i, &row)
		row.full(i + 1)
	}
	args = make([]any, t.columns)
	types := make([]any, t.columns)
	for i := range row.cols {
		args[i], types[i] = row.cols[i].array(), row.cols[i].kind
	}
	return fmt.Sprintf(t.pg, types...), args
}
