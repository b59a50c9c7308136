package db

import (
	"context"
	"encoding/binary"
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
// the version.
type Update struct {
	Table string
	Keys  []string
	Set   []string
	// Version is a column that counts changes, "" for none: a row is updated
	// only when it has the version that fill writes, which goes up by one.
	Version string
	// Whole says that Keys is the primary key and Keys, Set and Version are all
	// columns of the table; SQLite then has a form that is half as fast again.
	// Such a row must exist: on SQLite one that does not would be inserted.
	Whole bool

	once  sync.Once
	texts texts
}

func (up *Update) columns() []string {
	columns := append(append([]string{}, up.Keys...), up.Set...)
	if up.Version != "" {
		columns = append(columns, up.Version)
	}
	return columns
}

type texts struct {
	lite map[int]string // by rows in one statement
	copy string
	pg   string // with %s for the array types
}

// chunks are the rows per SQLite statement, tried largest first: past a
// hundred rows binding costs more than it saves (measured on modernc). OR FAIL
// spares the statement journal, a copy of every page that the statement
// changes; it is safe because a failed statement dooms its transaction.
var chunks = [...]int{64, 8, 1}

// InsertMany inserts n rows in the fastest way of the engine: COPY on
// PostgreSQL, multi-row statements on SQLite. fill writes row i, column by
// column. Nothing is inserted when it fails inside Write's transaction.
func (tx *Tx) InsertMany(
	ctx context.Context, in *Insert, n int, fill func(i int, r *Row),
) error {
	if err := tx.ready(); err != nil || n == 0 {
		return err
	}
	return tx.outcome(tx.session.insertMany(ctx, in, n, fill))
}

// UpdateMany updates up to n rows in one round trip and returns how many rows
// matched. Sort the rows by key: on PostgreSQL they are locked in that order.
func (tx *Tx) UpdateMany(
	ctx context.Context, up *Update, n int, fill func(i int, r *Row),
) (int64, error) {
	if err := tx.ready(); err != nil || n == 0 {
		return 0, err
	}
	matched, err := tx.session.updateMany(ctx, up, n, fill)
	return matched, tx.outcome(err)
}

// Row takes the values of one row in column order. Integers of any width are
// BIGINT columns here.
type Row struct {
	form rowForm
	wire []byte   // copyWire: the COPY BINARY stream
	args []any    // liteArgs
	cols []column // pgArrays
	at   int      // next column
}

type rowForm uint8

const (
	copyWire rowForm = iota
	liteArgs
	pgArrays
)

// column is one column of many rows, for unnest.
type column struct {
	pgType string
	ints   []*int64
	plain  []int64
	texts  []*string
	bytes  [][]byte
	bools  []bool
}

// Int writes a BIGINT.
func (r *Row) Int(v int64) {
	switch r.form {
	case copyWire:
		r.wire = binary.BigEndian.AppendUint32(r.wire, 8)
		r.wire = binary.BigEndian.AppendUint64(r.wire, uint64(v))
	case liteArgs:
		r.args = append(r.args, v)
	case pgArrays:
		c := r.next("bigint")
		if c.ints != nil {
			c.ints = append(c.ints, &v)
			return
		}
		c.plain = append(c.plain, v)
	}
}

// Text writes a TEXT.
func (r *Row) Text(v string) {
	switch r.form {
	case copyWire:
		r.wire = binary.BigEndian.AppendUint32(r.wire, uint32(len(v)))
		r.wire = append(r.wire, v...)
	case liteArgs:
		r.args = append(r.args, v)
	case pgArrays:
		c := r.next("text")
		c.texts = append(c.texts, &v)
	}
}

// Bytes writes a BYTEA (a BLOB on SQLite).
func (r *Row) Bytes(v []byte) {
	switch r.form {
	case copyWire:
		r.wire = binary.BigEndian.AppendUint32(r.wire, uint32(len(v)))
		r.wire = append(r.wire, v...)
	case liteArgs:
		r.args = append(r.args, v)
	case pgArrays:
		c := r.next("bytea")
		c.bytes = append(c.bytes, v)
	}
}

// Bool writes a BOOLEAN.
func (r *Row) Bool(v bool) {
	switch r.form {
	case copyWire:
		r.wire = binary.BigEndian.AppendUint32(r.wire, 1)
		if v {
			r.wire = append(r.wire, 1)
		} else {
			r.wire = append(r.wire, 0)
		}
	case liteArgs:
		r.args = append(r.args, v)
	case pgArrays:
		c := r.next("boolean")
		c.bools = append(c.bools, v)
	}
}

// NullInt writes the absence of a BIGINT.
func (r *Row) NullInt() {
	switch r.form {
	case copyWire:
		r.wire = append(r.wire, 0xff, 0xff, 0xff, 0xff)
	case liteArgs:
		r.args = append(r.args, nil)
	case pgArrays:
		c := r.next("bigint")
		if c.ints == nil {
			c.ints = make([]*int64, 0, len(c.plain)+1)
			for i := range c.plain {
				c.ints = append(c.ints, &c.plain[i])
			}
		}
		c.ints = append(c.ints, nil)
	}
}

// NullText writes the absence of a TEXT.
func (r *Row) NullText() {
	switch r.form {
	case copyWire:
		r.wire = append(r.wire, 0xff, 0xff, 0xff, 0xff)
	case liteArgs:
		r.args = append(r.args, nil)
	case pgArrays:
		c := r.next("text")
		c.texts = append(c.texts, nil)
	}
}

// IntOrNull writes v, or NULL when v is zero: for references that may be unset.
func (r *Row) IntOrNull(v int64) {
	if v == 0 {
		r.NullInt()
		return
	}
	r.Int(v)
}

func (r *Row) next(pgType string) *column {
	c := &r.cols[r.at%len(r.cols)]
	c.pgType = pgType
	r.at++
	return c
}

func (c *column) array() any {
	switch {
	case c.ints != nil:
		return c.ints
	case c.pgType == "bigint":
		return c.plain
	case c.pgType == "text":
		return c.texts
	case c.pgType == "bytea":
		return c.bytes
	}
	return c.bools
}

func (in *Insert) prepare() *texts {
	in.once.Do(func() {
		head := "INSERT INTO " + in.Table + " (" + strings.Join(in.Columns, ", ") + ") "
		tail := ""
		if in.KeepExisting {
			tail = " ON CONFLICT DO NOTHING"
		}
		in.texts = texts{
			lite: map[int]string{},
			copy: "COPY " + in.Table + " (" + strings.Join(in.Columns, ", ") +
				") FROM STDIN BINARY",
			pg: head + "SELECT * FROM unnest(" + arrayHoles(len(in.Columns)) + ")" + tail,
		}
		for _, n := range chunks {
			in.texts.lite[n] = "INSERT OR FAIL" + strings.TrimPrefix(head, "INSERT") +
				"VALUES " + valueRows(n, len(in.Columns)) + tail
		}
	})
	return &in.texts
}

func (up *Update) prepare() *texts {
	up.once.Do(func() {
		columns := up.columns()
		var set, where []string
		for i, column := range columns {
			value := " = v.column" + strconv.Itoa(i+1) // a column may be key and set at once
			switch {
			case i < len(up.Keys):
				where = append(where, up.Table+"."+column+value)
			case column == up.Version:
				where = append(where, up.Table+"."+column+value)
				set = append(set, column+value+" + 1")
			default:
				set = append(set, column+value)
			}
		}
		head := "UPDATE " + up.Table + " SET " + strings.Join(set, ", ") + " FROM "
		tail := " WHERE " + strings.Join(where, " AND ")
		up.texts = texts{
			lite: map[int]string{},
			pg: head + "unnest(" + arrayHoles(len(columns)) + ") AS v(" +
				columnNames(len(columns)) + ")" + tail,
		}
		for _, n := range chunks {
			if up.Whole {
				up.texts.lite[n] = up.upsert(n)
				continue
			}
			up.texts.lite[n] = "UPDATE OR FAIL" + strings.TrimPrefix(head, "UPDATE") +
				"(VALUES " + valueRows(n, len(columns)) + ") AS v" + tail
		}
	})
	return &up.texts
}

// upsert is the update of whole rows as SQLite does it fastest.
func (up *Update) upsert(n int) string {
	var set []string
	for _, column := range append(append([]string{}, up.Set...), up.Version) {
		if column != "" {
			set = append(set, column+" = excluded."+column)
		}
	}
	rows, where := valueRows(n, len(up.columns())), ""
	if up.Version != "" {
		set[len(set)-1] += " + 1"
		where = " WHERE " + up.Table + "." + up.Version + " = excluded." + up.Version
	}
	return "INSERT OR FAIL INTO " + up.Table + " (" + strings.Join(up.columns(), ", ") +
		") VALUES " + rows + " ON CONFLICT (" + strings.Join(up.Keys, ", ") +
		") DO UPDATE SET " + strings.Join(set, ", ") + where
}

// columnNames are the names that SQLite gives to VALUES: column1, column2, …
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
