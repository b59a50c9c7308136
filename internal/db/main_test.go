package db_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"go.uber.org/goleak"

	"openlend/internal/db"
	"openlend/internal/pgcluster"
	"openlend/internal/testdb"
)

// TestMain also is another process that writes (child_test.go), and looks for
// goroutines that outlive their database.
func TestMain(m *testing.M) {
	if path := os.Getenv(childFile); path != "" {
		childWrites(path)
		return
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(status int) {
		if err := dropUsed(); err != nil {
			fmt.Println(err)
			status = 1
		}
		os.Exit(status)
	}))
}

// item is the table of most tests, twin is one like it, whole has no column that
// a bulk update leaves out, and log is append-only.
const tables = `
CREATE TABLE item (
    id     BIGINT PRIMARY KEY,
    amount BIGINT NOT NULL CONSTRAINT item_amount CHECK (amount >= 0),
    name   TEXT,
    code   BYTEA,
    ready  BOOLEAN,
    ref    BIGINT
);
CREATE TABLE twin (
    id     BIGINT PRIMARY KEY,
    amount BIGINT NOT NULL CHECK (amount >= 0),
    name   TEXT,
    code   BYTEA,
    ready  BOOLEAN,
    ref    BIGINT
);
CREATE TABLE whole (
    id      BIGINT PRIMARY KEY,
    amount  BIGINT NOT NULL CHECK (amount >= 0),
    version BIGINT NOT NULL
);
CREATE TABLE log (id BIGINT PRIMARY KEY, line TEXT NOT NULL);`

var insertItem = &db.Insert{Table: "item", Columns: []string{"id", "amount"}}

// steps makes migrations 0001, 0002, … of the statements.
func steps(statements ...string) fs.FS {
	names := []string{"0001_one.sql", "0002_two.sql", "0003_three.sql"}
	files := fstest.MapFS{}
	for i, text := range statements {
		files[names[i]] = &fstest.MapFile{Data: []byte("-- +goose Up\n" + text)}
	}
	return files
}

// liteURL is a database that is not there yet, in a directory that is neither.
func liteURL(t *testing.T) string {
	return "sqlite:" + filepath.Join(t.TempDir(), "data", "test.db")
}

func migrate(t *testing.T, url, role string) {
	t.Helper()
	g := db.Grants{Role: role, AppendOnly: []string{"log"}}
	if _, err := db.Migrate(t.Context(), url, steps(tables), g); err != nil {
		t.Fatal(err)
	}
}

// newLite makes the tables and returns the URL.
func newLite(t *testing.T) string {
	t.Helper()
	url := liteURL(t)
	migrate(t, url, "")
	return url
}

// ownPostgres makes the tables in a database that only this test uses.
func ownPostgres(t *testing.T) testdb.URLs {
	t.Helper()
	u := testdb.EmptyPostgres(t)
	migrate(t, u.Owner, testdb.Role(u.App))
	return u
}

// used are databases of tests that have ended: emptying one is twenty times
// quicker than making one.
var used = make(chan testdb.URLs, 100)

// newPostgres has the tables, empty, and rights that no test changes.
func newPostgres(t *testing.T) testdb.URLs {
	t.Helper()
	super := os.Getenv(testdb.Env)
	if super == "" {
		if os.Getenv("OPENLEND_TEST_TOOLS") == "required" { // make test says so
			t.Fatal("no PostgreSQL: " + testdb.Env + " is not set")
		}
		t.Skip("no PostgreSQL: set " + testdb.Env + " or run make test")
	}
	var u testdb.URLs
	select {
	case u = <-used:
	default:
		var err error
		name := fmt.Sprintf("db%d_%d", os.Getpid(), made.Add(1))
		u.Owner, u.App, err = pgcluster.CreateDatabase(t.Context(), super, name)
		must(t, err)
		u.Super = strings.Replace(super, "/postgres?", "/"+name+"?", 1)
		migrate(t, u.Owner, testdb.Role(u.App))
	}
	t.Cleanup(func() {
		ctx := context.Background()
		d, err := db.Open(ctx, db.Options{URL: u.Owner})
		must(t, err)
		must(t, write(ctx, d, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `TRUNCATE item, twin, whole, log`)
			return err
		}))
		must(t, d.Close())
		used <- u
	})
	return u
}

var made atomic.Int64

// dropUsed leaves the cluster as it was.
func dropUsed() (err error) {
	for i := range made.Load() {
		name := fmt.Sprintf("db%d_%d", os.Getpid(), i+1)
		err = errors.Join(err,
			pgcluster.DropDatabase(context.Background(), os.Getenv(testdb.Env), name))
	}
	return err
}

func open(t *testing.T, o db.Options) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), o)
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

// each runs the test on both engines.
func each(t *testing.T, test func(t *testing.T, d *db.DB)) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, open(t, db.Options{URL: newLite(t)}))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, open(t, db.Options{URL: newPostgres(t).App}))
	})
}

// work is a closure without a result.
type work = func(ctx context.Context, tx *db.Tx) error

func noResult(fn work) func(context.Context, *db.Tx) (struct{}, error) {
	return func(ctx context.Context, tx *db.Tx) (struct{}, error) {
		return struct{}{}, fn(ctx, tx)
	}
}

func write(ctx context.Context, d *db.DB, fn work) error {
	_, err := db.Write(ctx, d, noResult(fn))
	return err
}

func writeBulk(ctx context.Context, d *db.DB, fn work) error {
	_, err := db.WriteBulk(ctx, d, noResult(fn))
	return err
}

func read(ctx context.Context, d *db.DB, fn work) error {
	_, err := db.Read(ctx, d, noResult(fn))
	return err
}

// put inserts an item in the simplest way.
func put(ctx context.Context, tx *db.Tx, id int64) error {
	_, err := tx.Exec(ctx, `INSERT INTO item (id, amount) VALUES ($1, $2)`, id, 5)
	return err
}

func putOne(id int64) work {
	return func(ctx context.Context, tx *db.Tx) error { return put(ctx, tx, id) }
}

// items are the ids that are there, in order.
func items(t *testing.T, d *db.DB) []int64 {
	t.Helper()
	ids, err := db.Read(context.WithoutCancel(t.Context()), d,
		func(ctx context.Context, tx *db.Tx) ([]int64, error) {
			return db.Values[int64](ctx, tx, `SELECT id FROM item ORDER BY id`)
		})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
