package pgcluster

import (
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const insufficientPrivilege = "42501"

func TestDatabases(t *testing.T) {
	c := startIn(t, parentDir(t), Options{})
	t.Run("an owner and an application role", func(t *testing.T) { hasTwoRoles(t, c) })
	t.Run("databases are apart", func(t *testing.T) { areApart(t, c) })
	t.Run("a clone is like its template", func(t *testing.T) { isCloned(t, c) })
	t.Run("a dropped database is gone", func(t *testing.T) { canBeDropped(t, c) })
}

func hasTwoRoles(t *testing.T, c *Cluster) {
	ownerURL, appURL, err := CreateDatabase(t.Context(), c.URL(), "books")
	if err != nil {
		t.Fatal(err)
	}
	owner, app := connect(t, ownerURL), connect(t, appURL)
	for _, conn := range []*pgx.Conn{owner, app} {
		var super bool
		row := conn.QueryRow(t.Context(),
			`SELECT rolsuper FROM pg_roles WHERE rolname = current_user`)
		if err := row.Scan(&super); err != nil || super {
			t.Errorf("superuser %v, %v", super, err)
		}
	}
	mustExec(t, owner, `CREATE TABLE entry (id BIGINT)`)
	mustBeRefused(t, app, `INSERT INTO entry VALUES (1)`)
	mustBeRefused(t, app, `CREATE TABLE other (id BIGINT)`)
	mustExec(t, owner, `GRANT INSERT ON entry TO books_app`)
	mustExec(t, app, `INSERT INTO entry VALUES (1)`)
	mustBeRefused(t, app, `DELETE FROM entry`)

	if _, _, err := CreateDatabase(t.Context(), c.URL(), "books"); err == nil {
		t.Error("the same name twice was accepted")
	}
}

func isCloned(t *testing.T, c *Cluster) {
	ownerURL, appURL, err := CreateDatabase(t.Context(), c.URL(), "model")
	if err != nil {
		t.Fatal(err)
	}
	owner := connect(t, ownerURL)
	mustExec(t, owner, `CREATE TABLE entry (id BIGINT)`)
	mustExec(t, owner, `INSERT INTO entry VALUES (1)`)
	mustExec(t, owner, `GRANT SELECT ON entry TO model_app`)
	if err := owner.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := CloneDatabase(t.Context(), c.URL(), "model", "copy"); err != nil {
		t.Fatal(err)
	}
	config, err := pgx.ParseConfig(appURL)
	if err != nil {
		t.Fatal(err)
	}
	config.Database = "copy"
	app, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if err := app.QueryRow(t.Context(), `SELECT id FROM entry`).Scan(&n); err != nil || n != 1 {
		t.Errorf("%d, %v", n, err)
	}
	mustBeRefused(t, app, `DELETE FROM entry`)
	if err := app.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if err := CloneDatabase(t.Context(), c.URL(), "model", "bad name"); !errors.Is(err, ErrName) {
		t.Error(err)
	}
}

func areApart(t *testing.T, c *Cluster) {
	if _, _, err := CreateDatabase(t.Context(), c.URL(), "one"); err != nil {
		t.Fatal(err)
	}
	_, appURL, err := CreateDatabase(t.Context(), c.URL(), "two")
	if err != nil {
		t.Fatal(err)
	}
	config, err := pgx.ParseConfig(appURL)
	if err != nil {
		t.Fatal(err)
	}
	config.Database = "one"
	_, err = pgx.ConnectConfig(t.Context(), config)
	if code := sqlState(err); code != insufficientPrivilege {
		t.Errorf("two_app into database one: %v", err)
	}
}

func canBeDropped(t *testing.T, c *Cluster) {
	_, appURL, err := CreateDatabase(t.Context(), c.URL(), "brief")
	if err != nil {
		t.Fatal(err)
	}
	open := connect(t, appURL)
	if err := DropDatabase(t.Context(), c.URL(), "brief"); err != nil {
		t.Fatal(err)
	}
	if err := open.Ping(t.Context()); err == nil {
		t.Error("the open connection still works")
	}
	if _, _, err := CreateDatabase(t.Context(), c.URL(), "brief"); err != nil {
		t.Errorf("the name is not free again: %v", err)
	}
}

func TestBadDatabaseNames(t *testing.T) {
	for _, name := range []string{"", "Books", "1st", `x"; DROP DATABASE y; --`, "näme", "a-b"} {
		if _, _, err := CreateDatabase(t.Context(), "postgres://127.0.0.1:1/", name); !errors.Is(err, ErrName) {
			t.Errorf("create %q: %v", name, err)
		}
		if err := DropDatabase(t.Context(), "postgres://127.0.0.1:1/", name); !errors.Is(err, ErrName) {
			t.Errorf("drop %q: %v", name, err)
		}
	}
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(t.Context()) })
	return conn
}

func mustExec(t *testing.T, conn *pgx.Conn, sql string) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Errorf("%s: %v", sql, err)
	}
}

func mustBeRefused(t *testing.T, conn *pgx.Conn, sql string) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), sql); sqlState(err) != insufficientPrivilege {
		t.Errorf("%s: %v, want insufficient privilege", sql, err)
	}
}

func sqlState(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code
	}
	return ""
}
