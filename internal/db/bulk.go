package db

import (
	"context"
	"database/sql/driver"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"sync"
)

// Insert names a table and the columns that InsertMany fills, in their order.
// Declare one per table in store.go; it keeps the texts it is turned into.
type Insert struct {
	Table   string
	Columns []string
	// KeepExisting leaves a row alone whose unique key is taken already.
	KeepExisting bool

	once  sync.Once
	texts texts
}

// Update names a table, the columns that find a row (all must match) and the
// columns that are set. fill writes the keys first, then the set columns, then
// the version the row must have.
type Update struct {
	Table string
	Keys  []string
	Set   []string
	// Version is a column that is given another value at every change, "" for
	// none: a row is updated only when it has the version that fill writes. Use
	// UpdateVersions; a version must never come twice, so a counter will not do
	// where decisions are taken on changes that are not committed yet.
	Version string
	// Whole says that Keys is the primary key and Keys, Set and Version are all
	// columns of the table; SQLite then has a form that is half as fast again.
	// Such a row must exist: on SQLite one that does not would be inserted.
	Whole bool

	once  sync.Once
	texts texts
}

type texts struct {
	columns int
	lite    map[int]string // by rows in one statement
	copy    string
	pg      string // with %s for the array types
}

// chunks are the rows per SQLite statement, tried largest first: past a
// hundred rows binding costs more than it saves (measured on modernc). OR FAIL
// spares the statement journal, a copy of every page that the statement
// changes; it is safe because a failed statement dooms its transaction.
var chunks = [...]int{64, 16, 4, 1}

// InsertMany inserts n rows in the fastest way of the engine: COPY on
// PostgreSQL, multi-row statements on SQLite. fill writes row i, column by
// column. When it fails, none of the transaction is kept.
func (tx *Tx) InsertMany(
	ctx context.Context, in *Insert, n int, fill func(i int, r *Row),
) error {
	if err := tx.ready(); err != nil || n == 0 {
		return err
	}
	return tx.outcome(tx.session.insertMany(ctx, in, n, fill))
}

// UpdateMany updates up to n rows in one round trip and returns how many rows
// matched. The keys must differ; sort the rows by them: on PostgreSQL they are
// locked in that order.
func (tx *Tx) UpdateMany(
	ctx context.Context, up *Update, n int, fill func(i int, r *Row),
) (int64, error) {
	return tx.update(ctx, up, nil, n, fill)
}

// UpdateVersions is UpdateMany for an Update with a Version: rows that have
// the version that fill writes get the version to.
func (tx *Tx) UpdateVersions(
	ctx context.Context, up *Update, to int64, n int, fill func(i int, r *Row),
) (int64, error) {
	return tx.update(ctx, up, []any{to}, n, fill)
}

func (tx *Tx) update(
	ctx context.Context, up *Update, to []any, n int, fill func(i int, r *Row),
) (int64, error) {
	if err := tx.ready(); err != nil || n == 0 {
		return 0, err
	}
	if (up.Version != "") != (len(to) > 0) {
		panic("db: an Update with a Version goes through UpdateVersions, others do not")
	}
	matched, err := tx.session.updateMany(ctx, up, to, n, fill)
	return matched, tx.outcome(err)
}

// Row takes the values of one row in column order. It writes into the wire
// format of the engine, so the types must be those of the columns: Int for
// BIGINT of any meaning, Text for TEXT, Bytes for BYTEA, Bool for BOOLEAN.
type Row struct {
	form    rowForm
	columns int
	written int // columns of all rows so far

	wire []byte              // copyWire: the COPY BINARY stream
	args []driver.NamedValue // liteArgs
	cols []column            // pgArrays
	rows int                 // pgArrays: how many there will be
}

type rowForm uint8

const (
	copyWire rowForm = iota
	liteArgs
	pgArrays
)

// Int writes a BIGINT.
func (r *Row) Int(v int64) {
	r.written++
	switch r.form {
	case copyWire:
		r.wire = binary.BigEndian.AppendUint32(r.wire, 8)
		r.wire = binary.BigEndian.AppendUint64(r.wire, uint64(v))
	case liteArgs:
		r.arg(v)
	case pgArrays:
		r.column(bigint).ints.add(v, r.rows)
	}
}

// Text writes a TEXT.
func (r *Row) Text(v string) {
	r.written++
	switch r.form {
	case copyWire:
		r.wire = binary.BigEndian.AppendUint32(r.wire, uint32(len(v)))
		r.wire = append(r.wire, v...)
	case liteArgs:
		r.arg(v)
	case pgArrays:
		r.column(text).texts.add(v, r.rows)
	}
}

// Bytes writes a BYTEA (a BLOB on SQLite), and NULL when v is nil.
func (r *Row) Bytes(v []byte) {
	r.written++
	switch {
	case r.form == pgArrays:
		c := r.column(bytea)
		c.bytes = append(c.bytes, v)
	case v == nil:
		r.null()
	case r.form == copyWire:
		r.wire = binary.BigEndian.AppendUint32(r.wire, uint32(len(v)))
		r.wire = append(r.wire, v...)
	default:
		r.arg(v)
	}
}

// Bool writes a BOOLEAN.
func (r *Row) Bool(v bool) {
	r.written++
	switch r.form {
	case copyWire:
		r.wire = binary.BigEndian.AppendUint32(r.wire, 1)
		if v {
			r.wire = append(r.wire, 1)
		} else {
			r.wire = append(r.wire, 0)
		}
	case liteArgs:
		r.arg(v)
	case pgArrays:
		c := r.column(boolean)
		c.bools = append(c.bools, v)
	}
}

// NullInt writes the absence of a BIGINT.
func (r *Row) NullInt() {
	r.written++
	if r.form == pgArrays {
		r.column(bigint).ints.addNull()
		return
	}
	r.null()
}

// NullText writes the absence of a TEXT.
func (r *Row) NullText() {
	r.written++
	if r.form == pgArrays {
		r.column(text).texts.addNull()
		return
	}
	r.null()
}

// IntOrNull writes v, or NULL when v is zero: for references that may be unset.
func (r *Row) IntOrNull(v int64) {
	if v == 0 {
		r.NullInt()
		return
	}
	r.Int(v)
}

func (r *Row) null() {
	if r.form == copyWire {
		r.wire = append(r.wire, 0xff, 0xff, 0xff, 0xff)
		return
	}
	r.arg(nil)
}

func (r *Row) arg(v any) {
	r.args = append(r.args, driver.NamedValue{Ordinal: len(r.args) + 1, Value: v})
}

// full panics when fill has not written exactly its columns for so many rows:
// values would slip into the next row, or into the wrong column.
func (r *Row) full(rows int) {
	if r.written != rows*r.columns {
		panic(fmt.Sprintf("db: fill wrote %d columns of %d",
			r.written-(rows-1)*r.columns, r.columns))
	}
}

// column is the one written now; it has one type in all rows.
func (r *Row) column(t pgType) *column {
	i := (r.written - 1) % r.columns
	c := &r.cols[i]
	if c.kind != t && c.kind != "" {
		panic(fmt.Sprintf("db: fill wrote column %d as %s and as %s", i+1, c.kind, t))
	}
	c.kind = t
	return c
}

type pgType string

const (
	bigint  pgType = "bigint"
	text    pgType = "text"
	bytea   pgType = "bytea"
	boolean pgType = "boolean"
)

// column is one column of many rows, for unnest.
type column struct {
	kind  pgType
	ints  nullable[int64]
	texts nullable[string]
	bytes [][]byte // nil is NULL
	bools []bool
}

// nullable values are kept plain, which is quicker to send, until the first
// NULL.
type nullable[T any] struct {
	plain    []T
	pointers []*T
}

func (n *nullable[T]) add(v T, capacity int) {
	if n.pointers != nil {
		own := v // only these values go to the heap one by one
		n.pointers = append(n.pointers, &own)
		return
	}
	if n.plain == nil {
		n.plain = make([]T, 0, capacity)
	}
	n.plain = append(n.plain, v)
}

func (n *nullable[T]) addNull() {
	if n.pointers == nil {
		n.pointers = make([]*T, 0, len(n.plain)+1)
		for i := range n.plain {
			n.pointers = append(n.pointers, &n.plain[i])
		}
	}
	n.pointers = append(n.pointers, nil)
}

func (n *nullable[T]) array() any {
	if n.pointers != nil {
		return n.pointers
	}
	return n.plain
}

func (c *column) array() any {
	switch c.kind {
	case bigint:
		return c.ints.array()
	case text:
		return c.texts.array()
	case bytea:
		return c.bytes
	}
	return c.bools
}

func (in *Insert) prepare() *texts {
	in.once.Do(func() {
		names := strings.Join(in.Columns, ", ")
		head := "INSERT INTO " + in.Table + " (" + names + ") "
		tail := ""
		if in.KeepExisting {
			tail = " ON CONFLICT DO NOTHING"
		}
		in.texts = texts{
			columns: len(in.Columns),
			lite:    map[int]string{},
			copy:    "COPY " + in.Table + " (" + names + ") FROM STDIN BINARY",
			pg:      head + "SELECT * FROM unnest(" + arrayHoles(len(in.Columns)) + ")" + tail,
		}
		for _, n := range chunks {
			in.texts.lite[n] = orFail(head) + "VALUES " + valueRows(n, len(in.Columns)) + tail
		}
	})
	return &in.texts
}

func (up *Update) prepare() *texts {
	up.once.Do(func() {
		columns := up.columns()
		// The new version is the last argument: on SQLite it must stand behind the
		// rows in the text, on PostgreSQL it has a number.
		pgVersion := "$" + strconv.Itoa(len(columns)+1) + "::bigint"
		pgSet, where := up.clauses(pgVersion)
		liteSet, _ := up.clauses("version.value")
		up.texts = texts{
			columns: len(columns),
			lite:    map[int]string{},
			pg: "UPDATE " + up.Table + " SET " + pgSet + " FROM unnest(" +
				arrayHoles(len(columns)) + ") AS v(" + columnNames(len(columns)) + ")" + where,
		}
		version := ""
		if up.Version != "" {
			version = ", (SELECT ? AS value) AS version"
		}
		for _, n := range chunks {
			up.texts.lite[n] = "UPDATE OR FAIL " + up.Table + " SET " + liteSet +
				" FROM (VALUES " + valueRows(n, len(columns)) + ") AS v" + version + where
			if up.Whole {
				up.texts.lite[n] = up.upsert(n)
			}
		}
	})
	return &up.texts
}

// clauses are what is set, the version to the given expression, and which row
// is meant. A column may be key and set at once.
func (up *Update) clauses(version string) (set, where string) {
	var sets, wheres []string
	for i, column := range up.columns() {
		value := " = v.column" + strconv.Itoa(i+1)
		switch {
		case i < len(up.Keys):
			wheres = append(wheres, up.Table+"."+column+value)
		case column == up.Version:
			wheres = append(wheres, up.Table+"."+column+value)
			sets = append(sets, column+" = "+version)
		default:
			sets = append(sets, column+value)
		}
	}
	return strings.Join(sets, ", "), " WHERE " + strings.Join(wheres, " AND ")
}

func (up *Update) columns() []string {
	columns := append(append([]string{}, up.Keys...), up.Set...)
	if up.Version != "" {
		columns = append(columns, up.Version)
	}
	return columns
}

// upsert is the update of whole rows as SQLite does it fastest.
func (up *Update) upsert(n int) string {
	var set []string
	for _, column := range up.Set {
		set = append(set, column+" = excluded."+column)
	}
	where := ""
	if v := up.Version; v != "" {
		set = append(set, v+" = ?")
		where = " WHERE " + up.Table + "." + v + " = excluded." + v
	}
	return "INSERT OR FAIL INTO " + up.Table + " (" + strings.Join(up.columns(), ", ") +
		") VALUES " + valueRows(n, len(up.columns())) + " ON CONFLICT (" +
		strings.Join(up.Keys, ", ") + ") DO UPDATE SET " + strings.Join(set, ", ") + where
}

// orFail puts OR FAIL behind the first word.
func orFail(statement string) string {
	verb, rest, _ := strings.Cut(statement, " ")
	return verb + " OR FAIL " + rest
}

// columnNames are the names that SQLite gives to VALUES: column1, column2 and so on.
func columnNames(n int) string {
	names := make([]string, n)
	for i := range names {
		names[i] = "column" + strconv.Itoa(i+1)
	}
	return strings.Join(names, ", ")
}

// arrayHoles writes "$1::%[1]s[], $2::%[2]s[]": the array types are known when
// the first row has been filled.
func arrayHoles(n int) string {
	holes := make([]string, n)
	for i := range holes {
		k := strconv.Itoa(i + 1)
		holes[i] = "$" + k + "::%[" + k + "]s[]"
	}
	return strings.Join(holes, ", ")
}

func valueRows(rows, columns int) string {
	one := "(" + strings.TrimSuffix(strings.Repeat("?,", columns), ",") + ")"
	return strings.TrimSuffix(strings.Repeat(one+",", rows), ",")
}
