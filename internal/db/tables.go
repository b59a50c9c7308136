package db

import (
	"context"
	"fmt"
	"strings"
)

// Table is a table as a copy of the whole database needs it: its name and its
// columns, without the bookkeeping of the migrations.
type Table struct {
	Name    string        `json:"name"`
	Columns []TableColumn `json:"columns"`
}

// TableColumn is a column and its type in the language of both engines: BIGINT,
// TEXT, BYTEA or BOOLEAN.
type TableColumn struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

const (
	liteColumns = `SELECT t.name, c.name, c.type FROM sqlite_schema t
			JOIN pragma_table_info(t.name) c
		WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name NOT LIKE 'goose_%'
		ORDER BY t.name, c.cid`

	pgColumns = `SELECT c.table_name, c.column_name, c.data_type
		FROM information_schema.columns c
			JOIN information_schema.tables t USING (table_schema, table_name)
		WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE'
			AND c.table_name NOT LIKE 'goose_%'
		ORDER BY c.table_name, c.ordinal_position`
)

// Tables lists the tables of the schema by name.
func Tables(ctx context.Context, tx *Tx) ([]Table, error) {
	query := liteColumns
	if tx.engine == Postgres {
		query = pgColumns
	}
	var tables []Table
	err := Each(ctx, tx, func(s Scanner) error {
		var table, column, kind string
		if err := s.Scan(&table, &column, &kind); err != nil {
			return err
		}
		if n := len(tables); n == 0 || tables[n-1].Name != table {
			tables = append(tables, Table{Name: table})
		}
		last := &tables[len(tables)-1]
		last.Columns = append(last.Columns, TableColumn{column, commonType(kind)})
		return nil
	}, query)
	return tables, err
}

func commonType(engines string) string {
	switch kind := strings.ToUpper(engines); kind {
	case "INTEGER":
		return "BIGINT" // the key of a row on SQLite
	default:
		return kind
	}
}

// Count counts the rows.
func (t *Table) Count(ctx context.Context, tx *Tx) (int64, error) {
	return Value[int64](ctx, tx, "SELECT COUNT(*) FROM "+t.Name)
}

// Each hands every row to fn in the order of the first column, as int64, string,
// []byte, bool or nil. The values are the caller's to keep.
func (t *Table) Each(ctx context.Context, tx *Tx, fn func(row []any) error) error {
	return Each(ctx, tx, func(s Scanner) error {
		into := make([]any, len(t.Columns))
		for i, c := range t.Columns {
			into[i] = place(c.Type)
		}
		if err := s.Scan(into...); err != nil {
			return fmt.Errorf("%s: %w", t.Name, err)
		}
		for i := range into {
			into[i] = placed(into[i])
		}
		return fn(into)
	}, "SELECT "+t.names()+" FROM "+t.Name+" ORDER BY 1")
}

func (t *Table) names() string {
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = c.Name
	}
	return strings.Join(names, ", ")
}

// place is where a value of a type, or NULL, can be scanned to.
func place(kind string) any {
	switch kind {
	case "BIGINT":
		return new(*int64)
	case "BYTEA":
		return new([]byte)
	case "BOOLEAN":
		return new(*bool)
	}
	return new(*string)
}

func placed(at any) any {
	switch v := at.(type) {
	case **int64:
		if *v != nil {
			return **v
		}
	case **string:
		if *v != nil {
			return **v
		}
	case **bool:
		if *v != nil {
			return **v
		}
	case *[]byte:
		if *v != nil {
			return *v
		}
	}
	return nil
}

// Fill inserts rows as Each gave them. Clear comes first where migrations have
// left rows.
func (t *Table) Fill(ctx context.Context, tx *Tx, rows [][]any) error {
	in := &Insert{Table: t.Name}
	for _, c := range t.Columns {
		in.Columns = append(in.Columns, c.Name)
	}
	return tx.InsertMany(ctx, in, len(rows), func(i int, r *Row) {
		for _, v := range rows[i] {
			switch v := v.(type) {
			case int64:
				r.Int(v)
			case string:
				r.Text(v)
			case []byte:
				r.Bytes(v)
			case bool:
				r.Bool(v)
			default:
				r.NullInt() // on the wire NULL is the same for every type
			}
		}
	})
}

// Clear deletes all rows, for a copy that takes their place.
func (t *Table) Clear(ctx context.Context, tx *Tx) error {
	_, err := tx.Exec(ctx, "DELETE FROM "+t.Name)
	return err
}
