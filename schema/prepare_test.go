package schema_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"openlend/internal/crypt"
	"openlend/internal/db"
	"openlend/internal/testdb"
)

// exempt are files with SQL that cannot be prepared against the schema.
var exempt = map[string]string{
	"bench/store_limit.go": "it copies a table of the schema and works on the copy",
	"bench/store_rows.go":  "it copies any table, and asks SQLite for its text",
}

// composed are files that may put SQL together at run time; their own tests
// run what comes out.
var composed = map[string]string{
	"ledger/store_invariants.go": "tables of causes belong to rooms further down",
}

// vaultRoom has its tables in a database apart, the vault of keys, with migrations
// of its own: its statements are prepared there.
const vaultRoom = "internal/crypt/"

// its picks the database in which a statement has its tables.
func its[T any](s statement, main, vault T) T {
	if strings.HasPrefix(s.place, vaultRoom) {
		return vault
	}
	return main
}

func vaultSQLite(t *testing.T) string {
	t.Helper()
	url := "sqlite:" + filepath.Join(t.TempDir(), "vault.db")
	if _, err := crypt.Migrate(t.Context(), url, ""); err != nil {
		t.Fatal(err)
	}
	return url
}

func vaultPostgres(t *testing.T) testdb.URLs {
	t.Helper()
	u := testdb.EmptyPostgres(t)
	if _, err := crypt.Migrate(t.Context(), u.Owner, testdb.Role(u.App)); err != nil {
		t.Fatal(err)
	}
	return u
}

// Every statement of the code is understood by both engines, and the
// application's role may run it.
func TestPrepareEveryStatement(t *testing.T) {
	t.Parallel()
	found, err := collect(os.DirFS(".."))
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, place := range found.unreadable {
		if !listed(composed, place, used) && !listed(exempt, place, used) {
			t.Errorf("%s: SQL is put together at run time and cannot be checked", place)
		}
	}
	statements := slices.DeleteFunc(found.statements, func(s statement) bool {
		return listed(exempt, s.place, used)
	})
	for file := range composed {
		if !used[file] {
			t.Errorf("%s puts no SQL together: take it off the list", file)
		}
	}
	for file := range exempt {
		if !used[file] {
			t.Errorf("%s has no SQL: take it off the list", file)
		}
	}
	perRoom := map[string]int{}
	for _, s := range statements {
		room, _, _ := strings.Cut(s.place, "/store")
		perRoom[room]++
	}
	for _, room := range []string{"customer", "internal/crypt", "internal/id", "internal/idem", "internal/lease",
		"internal/outbox", "ledger"} {
		if perRoom[room] < 2 {
			t.Errorf("%d statements found in %s", perRoom[room], room)
		}
	}
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		main := openRaw(t, db.SQLite, testdb.SQLite(t))
		vault := openRaw(t, db.SQLite, vaultSQLite(t))
		for _, s := range statements {
			if err := its(s, main, vault).prepareSQLite(s); err != nil {
				t.Errorf("%s: %v in: %s", s.place, err, s.text)
			}
		}
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		main := connect(t, testdb.Postgres(t).App)
		vault := connect(t, vaultPostgres(t).App)
		for _, s := range statements {
			if err := its(s, main, vault).prepare(s); err != nil {
				t.Errorf("%s: %v in: %s", s.place, err, s.text)
			}
		}
	})
}

// listed says whether a place is in a listed file, and remembers that it was.
func listed(list map[string]string, place string, used map[string]bool) bool {
	file, _, _ := strings.Cut(place, ":")
	_, ok := list[file]
	used[file] = used[file] || ok
	return ok
}

// A db.Update that says Whole has the primary key and every column: otherwise
// SQLite would make rows out of what it lacks.
func TestWholeUpdatesAreWhole(t *testing.T) {
	t.Parallel()
	found, err := collect(os.DirFS(".."))
	if err != nil {
		t.Fatal(err)
	}
	r := openRaw(t, db.SQLite, testdb.SQLite(t))
	for _, w := range found.wholes {
		has := r.structure(w.table)
		var columns []string
		for _, c := range has.columns {
			columns = append(columns, c.name)
		}
		slices.Sort(columns)
		slices.Sort(w.columns)
		if !slices.Equal(w.columns, columns) || !slices.Equal(w.keys, has.primary) {
			t.Errorf("%s: %v by %v, and %s has %v by %v",
				w.place, w.columns, w.keys, w.table, columns, has.primary)
		}
	}
}

var hole = regexp.MustCompile(`\$(\d+)`)

// prepareSQLite compiles a statement without running it.
func (r raw) prepareSQLite(s statement) error {
	if s.only == string(db.Postgres) {
		return nil
	}
	text := strings.ReplaceAll(s.text, "(:ids)", "(SELECT value FROM json_each($1))")
	holes := 0
	for _, m := range hole.FindAllStringSubmatch(text, -1) {
		n, err := strconv.Atoi(m[1])
		if err != nil {
			return err
		}
		holes = max(holes, n)
	}
	rows, err := r.Query("EXPLAIN "+text, make([]any, holes)...)
	if err != nil {
		return err
	}
	return rows.Close()
}

// pgSession is a connection of the application's role.
type pgSession struct{ *pgx.Conn }

func connect(t *testing.T, url string) pgSession {
	t.Helper()
	c, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	return pgSession{c}
}

// prepare parses a statement, which finds what does not exist or has another
// type, and has it explained, which finds what the role may not do.
func (p pgSession) prepare(s statement) error {
	if s.only == string(db.SQLite) {
		return nil
	}
	ctx := context.Background()
	text := strings.ReplaceAll(s.text, "IN (:ids)", "= ANY($1::bigint[])")
	prepared, err := p.Prepare(ctx, "s", text)
	if err != nil {
		return err
	}
	if i := slices.Index(prepared.ParamOIDs, pgtype.Int4OID); i >= 0 {
		_ = p.Deallocate(ctx, "s")
		return fmt.Errorf("$%d is read as a 32-bit integer: compare it with a column first", i+1)
	}
	holes := strings.TrimSuffix(strings.Repeat("NULL, ", len(prepared.ParamOIDs)), ", ")
	call := "EXPLAIN EXECUTE s"
	if holes != "" {
		call += "(" + holes + ")"
	}
	_, err = p.PgConn().Exec(ctx, call).ReadAll()
	if e := p.Deallocate(ctx, "s"); err == nil {
		err = e
	}
	return err
}

// The test above would catch these.
func TestPrepareCatches(t *testing.T) {
	t.Parallel()
	lite := openRaw(t, db.SQLite, testdb.SQLite(t))
	pg := connect(t, testdb.Postgres(t).App)
	for text, want := range map[string]struct{ lite, pg bool }{
		`SELECT id FROM outbox WHERE id = $1 AND key = $2`:    {true, true},
		`SELECT id FROM outbox WHERE id IN (:ids)`:            {true, true},
		`SELECT id FROM inbox`:                                {false, false},
		`SELECT colour FROM outbox`:                           {false, false},
		`INSERT INTO outbox (id, seq) VALUES ($1)`:            {false, false},
		`UPDATE outbox SET colour = $1`:                       {false, false},
		`SELECT id FROM outbox WHERE`:                         {false, false},
		`SELECT id FROM outbox WHERE key = 1`:                 {true, false}, // types
		`UPDATE ledger_transfer SET amount = $1 WHERE id = 2`: {true, false}, // rights
		`DELETE FROM ledger_batch WHERE first_id = $1`:        {true, false},
		`SELECT id FROM outbox FOR UPDATE`:                    {false, true},
		`SELECT set_config('a.b', $1, true)`:                  {false, true},
	} {
		s := statement{text: text}
		if err := lite.prepareSQLite(s); (err == nil) != want.lite {
			t.Errorf("SQLite: %s: %v", text, err)
		}
		if err := pg.prepare(s); (err == nil) != want.pg {
			t.Errorf("PostgreSQL: %s: %v", text, err)
		}
	}
	if s := fmt.Sprint(lite.firsts(`SELECT COUNT(*) FROM outbox`)); s != "[0]" {
		t.Errorf("something ran: %s", s)
	}
}
