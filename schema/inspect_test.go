package schema_test

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // these tests look past internal/db
	_ "modernc.org/sqlite"

	"openlend/internal/db"
)

// table is what both engines must agree on.
type table struct {
	name    string
	columns []column
	primary []string
	indexes []string // "unique (a, b) where …"; also those of UNIQUE constraints
	checks  int
	foreign int
}

type column struct {
	name, kind string
	required   bool // declared NOT NULL
}

// raw is a database seen without internal/db.
type raw struct {
	*testing.T
	*sql.DB
	engine db.Engine
}

func openRaw(t *testing.T, e db.Engine, url string) raw {
	t.Helper()
	driver, name := "pgx", url
	if e == db.SQLite {
		driver, name = "sqlite", "file:"+strings.TrimPrefix(url, "sqlite:")
	}
	d, err := sql.Open(driver, name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return raw{t, d, e}
}

// rows returns the rows of a query, all columns as text.
func (r raw) rows(query string, args ...any) (out [][]string) {
	r.Helper()
	found, err := r.QueryContext(context.Background(), query, args...)
	if err != nil {
		r.Fatalf("%s: %v", query, err)
	}
	defer func() { _ = found.Close() }()
	names, err := found.Columns()
	if err != nil {
		r.Fatal(err)
	}
	for found.Next() {
		row := make([]string, len(names))
		into := make([]any, len(names))
		for i := range row {
			into[i] = &row[i]
		}
		if err := found.Scan(into...); err != nil {
			r.Fatalf("%s: %v", query, err)
		}
		out = append(out, row)
	}
	if err := found.Err(); err != nil {
		r.Fatalf("%s: %v", query, err)
	}
	return out
}

// firsts returns the first column of a query.
func (r raw) firsts(query string, args ...any) (out []string) {
	r.Helper()
	for _, row := range r.rows(query, args...) {
		out = append(out, row[0])
	}
	return out
}

// tables lists our tables in the order of names; goose keeps its own.
func (r raw) tables() []string {
	r.Helper()
	query := `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`
	if r.engine == db.Postgres {
		query = `SELECT relname FROM pg_class WHERE relkind IN ('r', 'p')
			AND relnamespace = 'public'::regnamespace`
	}
	names := slices.DeleteFunc(r.firsts(query), func(name string) bool {
		return strings.HasPrefix(name, "goose_")
	})
	slices.Sort(names)
	return names
}

// structure reads a table as the engine holds it.
func (r raw) structure(name string) table {
	r.Helper()
	t := table{name: name}
	if r.engine == db.SQLite {
		r.readSQLite(&t)
	} else {
		r.readPostgres(&t)
	}
	slices.Sort(t.indexes)
	return t
}

func (r raw) readSQLite(t *table) {
	r.Helper()
	for _, c := range r.rows(`SELECT name, lower(type), "notnull" FROM pragma_table_info($1)
		ORDER BY cid`, t.name) {
		t.columns = append(t.columns, column{c[0], c[1], c[2] == "1"})
	}
	t.primary = r.firsts(`SELECT name FROM pragma_table_info($1) WHERE pk > 0 ORDER BY pk`, t.name)
	for _, i := range r.rows(`SELECT l.name, l."unique", l.origin, COALESCE(s.sql, '')
		FROM pragma_index_list($1) l LEFT JOIN sqlite_schema s ON s.name = l.name`, t.name) {
		if i[2] == "pk" {
			continue
		}
		columns := r.firsts(`SELECT name FROM pragma_index_info($1) ORDER BY seqno`, i[0])
		_, where, _ := strings.Cut(i[3], " WHERE ")
		t.indexes = append(t.indexes, indexText(i[1] == "1", columns, where))
	}
	text := r.firsts(`SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = $1`, t.name)[0]
	t.checks = len(checkWord.FindAllString(comment.ReplaceAllString(text, ""), -1))
	t.foreign = len(r.rows(`SELECT id FROM pragma_foreign_key_list($1) GROUP BY id`, t.name))
}

var (
	comment   = regexp.MustCompile(`--[^\n]*`)
	checkWord = regexp.MustCompile(`(?i)\bCHECK\s*\(`)
)

func (r raw) readPostgres(t *table) {
	r.Helper()
	for _, c := range r.rows(`SELECT attname, format_type(atttypid, atttypmod), attnotnull::text
		FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped
		ORDER BY attnum`, t.name) {
		t.columns = append(t.columns, column{c[0], c[1], c[2] == "true"})
	}
	for _, i := range r.rows(`SELECT i.indisprimary::text, i.indisunique::text,
			COALESCE(pg_get_expr(i.indpred, i.indrelid), ''),
			(SELECT string_agg(COALESCE(a.attname, '?'), ',' ORDER BY k.nr)
				FROM unnest(i.indkey) WITH ORDINALITY AS k (attnum, nr)
				LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum)
		FROM pg_index i WHERE i.indrelid = $1::regclass`, t.name) {
		columns := strings.Split(i[3], ",")
		if i[0] == "true" {
			t.primary = columns
			continue
		}
		t.indexes = append(t.indexes, indexText(i[1] == "true", columns, i[2]))
	}
	for _, c := range r.rows(`SELECT contype::text, count(*)::text FROM pg_constraint
		WHERE conrelid = $1::regclass GROUP BY contype`, t.name) {
		switch c[0] {
		case "c":
			_, err := fmt.Sscan(c[1], &t.checks)
			r.must(err)
		case "f":
			_, err := fmt.Sscan(c[1], &t.foreign)
			r.must(err)
		}
	}
}

func (r raw) must(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

// indexText writes an index so that the two engines' spelling of a condition
// agrees.
func indexText(unique bool, columns []string, where string) string {
	text := "index (" + strings.Join(columns, ", ") + ")"
	if unique {
		text = "unique " + text
	}
	if where != "" {
		where = strings.NewReplacer("(", "", ")", "", "::text", "", "::bigint", "").Replace(where)
		text += " where " + strings.ToLower(strings.Join(strings.Fields(where), " "))
	}
	return text
}

// describe writes a structure as text; key columns count as NOT NULL, which
// TestKeysCannotBeNull sees to.
func (t table) describe() string {
	var b strings.Builder
	fmt.Fprintf(&b, "table %s\n", t.name)
	for _, c := range t.columns {
		kind := c.kind
		if kind == "integer" { // what BIGINT PRIMARY KEY reads on SQLite
			kind = "bigint"
		}
		if c.required || slices.Contains(t.primary, c.name) {
			kind += " not null"
		}
		fmt.Fprintf(&b, "  %s %s\n", c.name, kind)
	}
	fmt.Fprintf(&b, "  primary key (%s)\n", strings.Join(t.primary, ", "))
	for _, i := range t.indexes {
		fmt.Fprintf(&b, "  %s\n", i)
	}
	fmt.Fprintf(&b, "  %d checks, %d foreign keys\n", t.checks, t.foreign)
	return b.String()
}
