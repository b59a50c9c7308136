// Package testdb gives a test a fresh, migrated database on each engine.
// SQLite is a file in the test's own folder; PostgreSQL is a database of its
// own on the cluster named by OPENLEND_TEST_POSTGRES (make test sets it), used
// through the application's role, never the owner's.
package testdb

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"openlend/internal/clock"
	"openlend/internal/db"
	"openlend/internal/pgcluster"
	"openlend/schema"
)

// Env is the environment variable with the superuser URL of a test cluster.
const Env = "OPENLEND_TEST_POSTGRES"

// Each runs the test once on every engine, in parallel.
func Each(t *testing.T, test func(t *testing.T, d *db.DB)) {
	t.Helper()
	EachURL(t, func(t *testing.T, url string) {
		test(t, Open(t, db.Options{URL: url}))
	})
}

// EachURL is Each for tests that open the migrated database themselves.
func EachURL(t *testing.T, test func(t *testing.T, url string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, SQLite(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, Postgres(t).App)
	})
}

// Open opens a migrated database until the test ends.
func Open(t *testing.T, o db.Options) *db.DB {
	t.Helper()
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	d, err := schema.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// SQLite makes a migrated file and returns its URL.
func SQLite(t *testing.T) string {
	t.Helper()
	migrated, err := migratedFile()
	path := filepath.Join(t.TempDir(), "openlend.db")
	if err == nil {
		err = os.WriteFile(path, migrated, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return "sqlite:" + path
}

// migratedFile is what migrations make of an empty file: they run once in a
// process, every test starts from a copy.
var migratedFile = sync.OnceValues(func() (file []byte, err error) {
	dir, err := os.MkdirTemp("", "openlend-testdb-*")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "openlend.db")
	if _, err := schema.Migrate(context.Background(), "sqlite:"+path, ""); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// URLs are the two ways into one PostgreSQL database.
type URLs struct {
	Owner string // owns the tables, runs migrations
	App   string // serves
	Super string // the cluster's superuser, in this database
}

var databases atomic.Int64

// Postgres makes a migrated database. Without a cluster the test is skipped,
// but never inside make test, which always has one.
func Postgres(t *testing.T) URLs {
	t.Helper()
	super := cluster(t)
	from, err := migratedDatabase()
	if err != nil {
		t.Fatal(err)
	}
	ctx, name := context.Background(), newName()
	if err := pgcluster.CloneDatabase(ctx, super, from.name, name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { drop(t, super, name) })
	return URLs{Owner: inDatabase(t, from.owner, name), App: inDatabase(t, from.app, name),
		Super: inDatabase(t, super, name)}
}

// template is a migrated database that every test of a process copies; the
// cluster that it lies on is thrown away.
type template struct{ name, owner, app string }

var migratedDatabase = sync.OnceValues(func() (f template, err error) {
	ctx := context.Background()
	f.name = newName()
	f.owner, f.app, err = pgcluster.CreateDatabase(ctx, os.Getenv(Env), f.name)
	if err == nil {
		_, err = schema.Migrate(ctx, f.owner, Role(f.app))
	}
	return f, err
})

func newName() string { return fmt.Sprintf("t%d_%d", os.Getpid(), databases.Add(1)) }

func drop(t *testing.T, super, name string) {
	t.Helper()
	if err := pgcluster.DropDatabase(context.Background(), super, name); err != nil {
		t.Error(err)
	}
}

// EmptyPostgres is Postgres without the migrations, with two roles of its own.
func EmptyPostgres(t *testing.T) URLs {
	t.Helper()
	super, name := cluster(t), newName()
	owner, app, err := pgcluster.CreateDatabase(context.Background(), super, name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { drop(t, super, name) })
	return URLs{Owner: owner, App: app, Super: inDatabase(t, super, name)}
}

// cluster is the superuser's URL of the server that tests use.
func cluster(t *testing.T) string {
	t.Helper()
	super := os.Getenv(Env)
	if super == "" {
		if os.Getenv("OPENLEND_TEST_TOOLS") == "required" { // make test says so
			t.Fatal("no PostgreSQL: " + Env + " is not set")
		}
		t.Skip("no PostgreSQL: set " + Env + " or run make test")
	}
	return super
}

// Role returns the role of a PostgreSQL URL.
func Role(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.User == nil {
		return ""
	}
	return u.User.Username()
}

func inDatabase(t *testing.T, raw, name string) string {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}
