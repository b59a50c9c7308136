package db_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"openlend/internal/db"
	"openlend/internal/testdb"
)

const (
	stepOne   = `CREATE TABLE one (id BIGINT PRIMARY KEY);`
	stepTwo   = `CREATE TABLE two (id BIGINT PRIMARY KEY);`
	stepThree = `CREATE TABLE three (id BIGINT PRIMARY KEY); INSERT INTO three (id) VALUES (3);`
	stepWrong = `CREATE TABLE wrong (id BIGINT PRIMARY KEY); INSERT INTO nowhere (id) VALUES (3);`
)

// eachEmpty runs the test on a database without any table.
func eachEmpty(t *testing.T, test func(t *testing.T, u testdb.URLs)) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		url := liteURL(t)
		test(t, testdb.URLs{Owner: url, App: url})
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, testdb.EmptyPostgres(t))
	})
}

// schemaIs opens the database as a server does and checks it.
func schemaIs(t *testing.T, url string, statements ...string) error {
	t.Helper()
	d, err := db.Open(t.Context(), db.Options{URL: url})
	must(t, err)
	defer func() { must(t, d.Close()) }()
	return db.CheckSchema(t.Context(), d, steps(statements...))
}

func TestMigrateAndCheckSchema(t *testing.T) {
	t.Parallel()
	eachEmpty(t, func(t *testing.T, u testdb.URLs) {
		g := db.Grants{Role: testdb.Role(u.App)}
		if err := schemaIs(t, u.App, stepOne); !errors.Is(err, db.ErrOlderSchema) {
			t.Errorf("without a schema: %v", err)
		}
		for _, c := range []struct {
			has  []string // migrations of the binary that migrates
			ran  []string
			want error
		}{
			{[]string{stepOne, stepTwo}, []string{"0001_one", "0002_two"}, nil},
			{[]string{stepOne, stepTwo}, nil, nil},
			{[]string{stepOne, stepTwo, stepThree}, []string{"0003_three"}, nil},
			{[]string{stepOne, stepTwo}, nil, db.ErrNewerSchema},
		} {
			ran, err := db.Migrate(t.Context(), u.Owner, steps(c.has...), g)
			if !slices.Equal(ran, c.ran) || !errors.Is(err, c.want) {
				t.Errorf("ran %v, %v, want %v, %v", ran, err, c.ran, c.want)
			}
			if err := schemaIs(t, u.App, c.has...); !errors.Is(err, c.want) {
				t.Errorf("checked with %d migrations: %v, want %v", len(c.has), err, c.want)
			}
		}
		if err := schemaIs(t, u.App, stepOne); !errors.Is(err, db.ErrNewerSchema) {
			t.Errorf("a database from the future: %v", err)
		}
		d := open(t, db.Options{URL: u.App})
		rows, err := db.Read(t.Context(), d, func(ctx context.Context, tx *db.Tx) ([]int64, error) {
			return db.Values[int64](ctx, tx, `SELECT id FROM three`)
		})
		if err != nil || !slices.Equal(rows, []int64{3}) {
			t.Errorf("three holds %v, %v", rows, err)
		}
	})
}

func TestAnOlderSchemaIsRefused(t *testing.T) {
	t.Parallel()
	eachEmpty(t, func(t *testing.T, u testdb.URLs) {
		g := db.Grants{Role: testdb.Role(u.App)}
		_, err := db.Migrate(t.Context(), u.Owner, steps(stepOne), g)
		must(t, err)
		err = schemaIs(t, u.App, stepOne, stepTwo)
		if !errors.Is(err, db.ErrOlderSchema) ||
			!strings.Contains(err.Error(), "it is at 1, this version needs 2") {
			t.Errorf("got %v", err)
		}
	})
}

// What the check could not find out is not called an old schema.
func TestCheckSchemaTellsOtherTroubles(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := db.CheckSchema(ctx, d, steps(tables)); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		must(t, db.CheckSchema(t.Context(), d, steps(tables)))
		must(t, d.Close())
		err := db.CheckSchema(t.Context(), d, steps(tables))
		if !errors.Is(err, db.ErrUnavailable) {
			t.Errorf("got %v", err)
		}
	})
	u := testdb.EmptyPostgres(t)
	_, err := db.Migrate(t.Context(), u.Owner, steps(stepOne), db.Grants{}) // grants nothing
	must(t, err)
	if err := schemaIs(t, u.App, stepOne); !db.IsDenied(err) {
		t.Errorf("a role without any right: %v", err)
	}
}

// A migration that fails leaves nothing of itself, and what came before it.
func TestAFailedMigration(t *testing.T) {
	t.Parallel()
	eachEmpty(t, func(t *testing.T, u testdb.URLs) {
		for _, want := range [][]string{{"0001_one"}, nil} {
			ran, err := db.Migrate(t.Context(), u.Owner, steps(stepOne, stepWrong), db.Grants{})
			if err == nil || !slices.Equal(ran, want) {
				t.Errorf("ran %v, %v, want %v", ran, err, want)
			}
		}
		ran, err := db.Migrate(t.Context(), u.Owner,
			steps(stepOne, `CREATE TABLE wrong (id BIGINT PRIMARY KEY);`), db.Grants{})
		if err != nil || !slices.Equal(ran, []string{"0002_two"}) {
			t.Errorf("ran %v, %v", ran, err)
		}
	})
}

// Several processes may migrate at once: every migration runs once, and all of
// them find the schema they want.
func TestMigrationsAtOnce(t *testing.T) {
	u := testdb.EmptyPostgres(t)
	g := db.Grants{Role: testdb.Role(u.App), AppendOnly: []string{"two"}}
	const n = 6
	ran, errs := make([][]string, n), make([]error, n)
	crowd(n, func(i int) {
		ran[i], errs[i] = db.Migrate(t.Context(), u.Owner, steps(stepOne, stepTwo, stepThree), g)
	})()
	want := []string{"0001_one", "0002_two", "0003_three"}
	if all := slices.Concat(ran...); !slices.Equal(all, want) {
		t.Errorf("ran %v", ran)
	}
	must(t, errors.Join(errs...))
	must(t, schemaIs(t, u.App, stepOne, stepTwo, stepThree))
}

// The serving role writes rows and nothing else, and never changes what is
// append-only.
func TestWhatTheServingRoleMayDo(t *testing.T) {
	u := ownPostgres(t)
	app, owner := open(t, db.Options{URL: u.App}), open(t, db.Options{URL: u.Owner})
	try := func(d *db.DB, text string) error {
		return write(t.Context(), d, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, text)
			return err
		})
	}
	may := []string{
		`INSERT INTO log (id, line) VALUES (1, 'one')`,
		`INSERT INTO item (id, amount) VALUES (1, 1)`,
		`UPDATE item SET amount = 2`,
		`SELECT * FROM log, item, goose_db_version`,
		`SELECT * FROM item FOR UPDATE`,
		`DELETE FROM item`,
	}
	mayNot := []string{
		`UPDATE log SET line = 'two'`, `DELETE FROM log`, `TRUNCATE log`,
		`INSERT INTO log (id, line) VALUES (1, 'two') ON CONFLICT (id) DO UPDATE SET line = 'two'`,
		`SELECT * FROM log FOR UPDATE`, `ALTER TABLE log ADD COLUMN more TEXT`, `DROP TABLE log`,
		`TRUNCATE item`, `DROP TABLE item`, `CREATE TABLE mine (id BIGINT)`,
		`CREATE FUNCTION mine() RETURNS BIGINT LANGUAGE sql AS 'SELECT 1'`, `CREATE SCHEMA mine`,
		`CREATE TRIGGER mine BEFORE INSERT ON item EXECUTE FUNCTION pg_trigger_depth()`,
		`DELETE FROM goose_db_version`, `UPDATE goose_lock SET locked = true`,
	}
	for _, text := range may {
		if err := try(app, text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, text := range mayNot {
		if err := try(app, text); !db.IsDenied(err) {
			t.Errorf("%s: got %v", text, err)
		}
	}

	// What was granted by hand does not outlive the next migration.
	app1 := testdb.Role(u.App)
	for _, text := range []string{
		"GRANT UPDATE ON log TO " + app1, "GRANT DELETE ON log TO PUBLIC",
		"GRANT CREATE ON SCHEMA public TO PUBLIC",
	} {
		must(t, try(owner, text))
	}
	must(t, try(app, `UPDATE log SET line = line`))
	migrate(t, u.Owner, app1)
	for _, text := range mayNot {
		if err := try(app, text); !db.IsDenied(err) {
			t.Errorf("after a migration, %s: got %v", text, err)
		}
	}
}

// Servers at work do not miss a right while another node migrates.
func TestGrantsUnderTraffic(t *testing.T) {
	u := ownPostgres(t)
	app := open(t, db.Options{URL: u.App})
	done := make(chan error)
	g := db.Grants{Role: testdb.Role(u.App), AppendOnly: []string{"log"}}
	go func() {
		var err error
		for i := 0; i < 5 && err == nil; i++ {
			_, err = db.Migrate(context.Background(), u.Owner, steps(tables), g)
		}
		done <- err
	}()
	for id := int64(1); ; id++ {
		select {
		case err := <-done:
			must(t, err)
			return
		default:
			must(t, write(t.Context(), app, putOne(id)))
		}
	}
}
