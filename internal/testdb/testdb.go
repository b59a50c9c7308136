// Package testdb gives a test a fresh, migrated database on each engine.
// SQLite is a file in the test's own folder; PostgreSQL is a database of its
// own on the cluster named by OPENLEND_TEST_POSTGRES (make test sets it), used
// through the application's role, never the owner's.
package testdb

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
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
	url := "sqlite:" + filepath.Join(t.TempDir(), "openlend.db")
	if _, err := schema.Migrate(t.Context(), url, ""); err != nil {
		t.Fatal(err)
	}
	return url
}

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
	u := EmptyPostgres(t)
	if _, err := schema.Migrate(t.Context(), u.Owner, Role(u.App)); err != nil {
		t.Fatal(err)
	}
	return u
}

// EmptyPostgres is Postgres without the migrations.
func EmptyPostgres(t *testing.T) URLs {
	t.Helper()
	super := os.Getenv(Env)
	if super == "" {
		if os.Getenv("OPENLEND_TEST_TOOLS") == "required" { // make test says so
			t.Fatal("no PostgreSQL: " + Env + " is not set")
		}
		t.Skip("no PostgreSQL: set " + Env + " or run make test")
	}
	ctx := context.Background()
	name := fmt.Sprintf("t%d_%d", os.Getpid(), databases.Add(1))
	owner, app, err := pgcluster.CreateDatabase(ctx, super, name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := pgcluster.DropDatabase(ctx, super, name); err != nil {
			t.Error(err)
		}
	})
	return URLs{Owner: owner, App: app, Super: inDatabase(t, super, name)}
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
