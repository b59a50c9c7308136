package db

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// Migrate runs the migrations that the database lacks, one transaction each,
// gives g.Role its rights and returns the names of the migrations. Several
// processes may call it at once: on PostgreSQL one works while the others wait
// for it, on SQLite the others are refused. Refusals: those of Open,
// ErrNewerSchema.
func Migrate(ctx context.Context, url string, migrations fs.FS, g Grants) ([]string, error) {
	// Open holds the file lock of SQLite for us and makes the file.
	d, err := Open(ctx, Options{URL: url, MaxConns: 1})
	if err != nil {
		return nil, err
	}
	conn, err := openForGoose(d.engine, url)
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	names, err := migrate(ctx, d.engine, conn, migrations)
	if err == nil && d.engine == Postgres && g.Role != "" {
		err = grant(ctx, conn, g)
	}
	return names, errors.Join(err, conn.Close(), d.Close())
}

func openForGoose(e Engine, url string) (*sql.DB, error) {
	if e == SQLite {
		path, err := litePath(strings.TrimPrefix(url, "sqlite:"))
		if err != nil {
			return nil, err
		}
		return sql.Open("sqlite", liteURI(path)+liteWriter+"&_txlock=immediate")
	}
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, errUnreadableURL
	}
	setUpConn(cfg)
	// A change of a table that waits for its lock makes everybody else wait.
	cfg.RuntimeParams["lock_timeout"] = "3s"
	return stdlib.OpenDB(*cfg), nil
}

func migrate(
	ctx context.Context, e Engine, conn *sql.DB, migrations fs.FS,
) ([]string, error) {
	p, err := provider(e, conn, migrations)
	if err != nil {
		return nil, err
	}
	has, knows, err := p.GetVersions(ctx)
	if err != nil {
		return nil, sorted(err)
	}
	if has > knows {
		return nil, newerSchema(has, knows)
	}
	results, err := p.Up(ctx)
	if partial := (*goose.PartialError)(nil); errors.As(err, &partial) {
		results = partial.Applied
	}
	names := make([]string, 0, len(results))
	for _, r := range results {
		names = append(names, strings.TrimSuffix(r.Source.Path, ".sql"))
	}
	return names, sorted(err)
}

func provider(e Engine, conn *sql.DB, migrations fs.FS) (*goose.Provider, error) {
	if e == SQLite {
		return goose.NewProvider(goose.DialectSQLite3, conn, migrations)
	}
	// A table lock, not an advisory one: it works behind a connection pooler.
	locker, err := lock.NewPostgresTableLocker(
		lock.WithTableLockTimeout(200*time.Millisecond, 5*60*5)) // five minutes
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectPostgres, conn, migrations,
		goose.WithLocker(locker))
}

// CheckSchema refuses a database whose schema is not the one of migrations.
// Refusals: ErrNewerSchema, ErrOlderSchema.
func CheckSchema(ctx context.Context, d *DB, migrations fs.FS) error {
	knows, err := latest(migrations)
	if err != nil {
		return err
	}
	has, err := Read(ctx, d, version)
	switch {
	case err != nil:
		return err
	case has > knows:
		return newerSchema(has, knows)
	case has == 0:
		return ErrOlderSchema.With("it has no schema yet")
	case has < knows:
		return ErrOlderSchema.With("it is at %d, this version needs %d", has, knows)
	}
	return nil
}

func newerSchema(has, knows int64) error {
	return ErrNewerSchema.With("it is at %d, this version knows %d", has, knows)
}

// version is the last migration that has run, 0 without any. The table is
// looked for first: asking one that is not there would fail like anything else.
func version(ctx context.Context, tx *Tx) (int64, error) {
	tables := `SELECT COUNT(*) FROM sqlite_master WHERE name = 'goose_db_version'`
	if tx.Engine() == Postgres {
		tables = `SELECT COUNT(*) FROM pg_tables
			WHERE schemaname = current_schema() AND tablename = 'goose_db_version'`
	}
	n, err := Value[int64](ctx, tx, tables)
	if err != nil || n == 0 {
		return 0, err
	}
	return Value[int64](ctx, tx, `SELECT COALESCE(MAX(version_id), 0) FROM goose_db_version`)
}

func latest(migrations fs.FS) (int64, error) {
	names, err := fs.Glob(migrations, "*.sql")
	var highest int64
	for _, name := range names {
		v, err := goose.NumericComponent(name)
		if err != nil {
			return 0, err
		}
		highest = max(highest, v)
	}
	return highest, err
}
