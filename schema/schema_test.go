package schema_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"openlend/internal/db"
	"openlend/internal/testdb"
)

var update = flag.Bool("update", false, "rewrite current.sql and current.postgres.sql")

// The golden files show what the migrations have made of each engine.
func TestCurrentSchema(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		golden(t, "current.sql", openRaw(t, db.SQLite, testdb.SQLite(t)).ddlSQLite())
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		u := testdb.Postgres(t)
		r := openRaw(t, db.Postgres, u.Owner)
		golden(t, "current.postgres.sql", r.ddlPostgres(testdb.Role(u.App)))
	})
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if line := firstDifference(string(want), got); line != "" {
		t.Errorf("%s is out of date: %s\nto rewrite it: make tools && bin/withpg -- "+
			"go test ./schema -run TestCurrentSchema -update", file, line)
	}
}

// firstDifference shows the first line that differs, "" when none does.
func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(w), len(g)) {
		a, b := "(end)", "(end)"
		if i < len(w) {
			a = w[i]
		}
		if i < len(g) {
			b = g[i]
		}
		if a != b {
			return fmt.Sprintf("line %d is %q, now %q", i+1, a, b)
		}
	}
	return ""
}

const head = "-- The schema after all migrations, as %s holds it. Written by a test\n" +
	"-- (go test ./schema -update); read it, do not edit it.\n"

// ddlSQLite is every statement that SQLite keeps, table by table.
func (r raw) ddlSQLite() string {
	r.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, head, "SQLite")
	for _, name := range r.tables() {
		for _, text := range r.firsts(`SELECT sql FROM sqlite_schema
			WHERE tbl_name = $1 AND sql IS NOT NULL
			ORDER BY type = 'trigger', type = 'index', name`, name) {
			fmt.Fprintf(&b, "\n%s;\n", text)
		}
	}
	return b.String()
}

// ddlPostgres writes every table as PostgreSQL describes it, with what the
// application's role may do.
func (r raw) ddlPostgres(app string) string {
	r.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, head, "PostgreSQL")
	for _, text := range r.firsts(`SELECT pg_get_functiondef(oid) FROM pg_proc
		WHERE pronamespace = 'public'::regnamespace ORDER BY proname`) {
		fmt.Fprintf(&b, "\n%s;\n", strings.TrimSpace(text))
	}
	for _, name := range r.tables() {
		lines := r.firsts(`SELECT attname || ' ' || format_type(atttypid, atttypmod)
				|| CASE WHEN attnotnull THEN ' NOT NULL' ELSE '' END
				|| COALESCE(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), '')
			FROM pg_attribute a LEFT JOIN pg_attrdef d
				ON d.adrelid = a.attrelid AND d.adnum = a.attnum
			WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped
			ORDER BY attnum`, name)
		lines = append(lines, r.firsts(`SELECT 'CONSTRAINT ' || conname || ' '
				|| pg_get_constraintdef(oid)
			FROM pg_constraint WHERE conrelid = $1::regclass AND contype IN ('p', 'u', 'c', 'f')
			ORDER BY contype <> 'p', contype, conname`, name)...)
		with := r.firsts(`SELECT ' WITH (' || array_to_string(reloptions, ', ') || ')'
			FROM pg_class WHERE oid = $1::regclass AND reloptions IS NOT NULL`, name)
		fmt.Fprintf(&b, "\nCREATE TABLE %s (\n    %s\n)%s;\n",
			name, strings.Join(lines, ",\n    "), strings.Join(with, ""))
		for _, text := range slices.Concat(
			r.firsts(`SELECT pg_get_indexdef(indexrelid) FROM pg_index
				WHERE indrelid = $1::regclass AND NOT EXISTS (SELECT 1 FROM pg_constraint
					WHERE conindid = indexrelid AND conrelid = indrelid)
				ORDER BY indexrelid::regclass::text`, name),
			r.firsts(`SELECT pg_get_triggerdef(oid) FROM pg_trigger
				WHERE tgrelid = $1::regclass AND NOT tgisinternal ORDER BY tgname`, name),
			r.firsts(`SELECT 'GRANT ' || string_agg(privilege_type, ', ' ORDER BY privilege_type)
					|| ' ON ' || table_name || ' TO app'
				FROM information_schema.role_table_grants WHERE table_name = $1 AND grantee = $2
				GROUP BY table_name`, name, app),
		) {
			fmt.Fprintf(&b, "%s;\n", text)
		}
	}
	return b.String()
}

// One text in the code runs on both engines, so the tables must be the same.
func TestEnginesHaveTheSameTables(t *testing.T) {
	t.Parallel()
	lite := openRaw(t, db.SQLite, testdb.SQLite(t))
	pg := openRaw(t, db.Postgres, testdb.Postgres(t).Owner)
	names := lite.tables()
	if other := pg.tables(); !slices.Equal(names, other) || len(names) < 10 {
		t.Fatalf("SQLite has %v, PostgreSQL %v", names, other)
	}
	for _, name := range names {
		on, off := lite.structure(name).describe(), pg.structure(name).describe()
		if line := firstDifference(on, off); line != "" {
			t.Errorf("%s: SQLite, then PostgreSQL: %s", name, line)
		}
	}
}

// SQLite lets a key be NULL that is neither INTEGER nor declared NOT NULL.
func TestKeysCannotBeNull(t *testing.T) {
	t.Parallel()
	r := openRaw(t, db.SQLite, testdb.SQLite(t))
	for _, name := range r.tables() {
		one := r.structure(name)
		if len(one.primary) == 0 {
			t.Errorf("%s has no primary key", name)
		}
		for _, c := range one.columns {
			isRowID := c.kind == "integer" && len(one.primary) == 1
			if slices.Contains(one.primary, c.name) && !c.required && !isRowID {
				t.Errorf("%s.%s is a key and may be NULL on SQLite", name, c.name)
			}
		}
	}
}

// The inspection sees what it compares: each of these pairs differs in one way.
func TestInspectionSeesDifferences(t *testing.T) {
	t.Parallel()
	const base = `CREATE TABLE a (x BIGINT NOT NULL, y TEXT, CHECK (x > 0), PRIMARY KEY (x));
		CREATE INDEX a_y ON a (y) WHERE y IS NOT NULL`
	const longer = `CREATE TABLE a (x BIGINT NOT NULL, y TEXT, z TEXT, CHECK (x > 0), PRIMARY KEY (x));
		CREATE INDEX a_y ON a (y) WHERE y IS NOT NULL`
	replaced := func(part, other string) string {
		t.Helper()
		if !strings.Contains(base, part) {
			t.Fatalf("%q is not in the example", part)
		}
		return strings.Replace(base, part, other, 1)
	}
	describe := func(e db.Engine, url, ddl string) string {
		t.Helper()
		r := openRaw(t, e, url)
		_, err := r.Exec(`DROP TABLE IF EXISTS a`)
		r.must(err)
		for text := range strings.SplitSeq(ddl, ";") {
			_, err := r.Exec(text)
			r.must(err)
		}
		return r.structure("a").describe()
	}
	lite, pg := "sqlite:"+t.TempDir()+"/x.db", testdb.EmptyPostgres(t).Owner
	want := describe(db.SQLite, lite, base)
	if got := describe(db.Postgres, pg, base); got != want {
		t.Errorf("the same table is\n%s on SQLite and\n%s on PostgreSQL", want, got)
	}
	for name, other := range map[string]string{
		"a column":      longer,
		"its type":      replaced("y TEXT", "y BIGINT"),
		"NOT NULL":      replaced("y TEXT", "y TEXT NOT NULL"),
		"the key":       replaced("PRIMARY KEY (x)", "PRIMARY KEY (x, y)"),
		"a check":       replaced("CHECK (x > 0), ", ""),
		"a unique key":  replaced("PRIMARY KEY (x)", "PRIMARY KEY (x), UNIQUE (y)"),
		"a foreign key": replaced("y TEXT", "y TEXT, FOREIGN KEY (x) REFERENCES a (x)"),
		"uniqueness":    replaced("CREATE INDEX", "CREATE UNIQUE INDEX"),
		"a condition":   replaced(" WHERE y IS NOT NULL", ""),
	} {
		if describe(db.SQLite, lite, other) == want {
			t.Errorf("%s makes no difference on SQLite", name)
		}
		if describe(db.Postgres, pg, other) == want {
			t.Errorf("%s makes no difference on PostgreSQL", name)
		}
	}
}
