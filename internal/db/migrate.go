package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	_ "github.com/jackc/pgx/v5/stdlib" // goose speaks database/sql
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"openlend/refusal"
)

// What schemas are refused for.
var (
	ErrNewerSchema = refusal.New("db.newer_schema",
		"the database was made by a newer openlend; use that version")
	ErrOlderSchema = refusal.New("db.older_schema",
		"the database is behind this openlend; run openlend migrate")
)

// Grants say what the serving role of PostgreSQL may do: everything with rows,
// but only read and insert in append-only tables.
type Grants struct {
	Role       string
	AppendOnly []string
}

// EngineOf tells the engine of a database URL. Refusal: ErrURL.
func EngineOf(url string) (Engine, error) {
	switch scheme, _, _ := strings.Cut(url, ":"); scheme {
	case "sqlite":
		return SQLite, nil
	case "postgres", "postgresql":
		return Postgres, nil
	}
	return "", ErrURL
}

// Migrate runs the migrations that the database lacks, one transaction each,
// and returns their names. Two processes may call it at once. Refusals: those
// of Open, ErrNewerSchema.
func Migrate(ctx context.Context, url string, migrations fs.FS, g Grants) ([]string, error) {
	engine, err := EngineOf(url)
	if err != nil {
		return nil, err
	}
	// Open holds the file lock of SQLite for us and makes the file.
	d, err := Open(ctx, Options{URL: url, MaxConns: 2})
	if err != nil {
		return nil, err
	}
	conn, err := openForGoose(engine, url)
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	names, err := migrate(ctx, engine, conn, migrations)
	if err == nil && engine == Postgres && g.Role != "" {
		err = grant(ctx, conn, g)
	}
	return names, errors.Join(err, conn.Close(), d.Close())
}

func openForGoose(e Engine, url string) (*sql.DB, error) {
	if e == Postgres {
		return sql.Open("pgx", url)
	}
	path := strings.TrimPrefix(strings.TrimPrefix(url, "sqlite:"), "//")
	return sql.Open("sqlite", liteFile(path)+"?"+litePragmas+"&_txlock=immediate")
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
		return nil, err
	}
	if has > knows {
		return nil, ErrNewerSchema.With("it is at %d, this version knows %d", has, knows)
	}
	results, err := p.Up(ctx)
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
	locker, err := lock.NewPostgresTableLocker()
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectPostgres, conn, migrations,
		goose.WithLocker(locker))
}

// grant gives the role its rights on every table. It is run at every
// migration, so a new table is served as soon as it exists.
func grant(ctx context.Context, conn *sql.DB, g Grants) error {
	role := pgx.Identifier{g.Role}.Sanitize()
	rows, err := conn.QueryContext(ctx,
		`SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename`)
	if err != nil {
		return sorted(err)
	}
	defer func() { _ = rows.Close() }()
	texts := []string{"GRANT USAGE ON SCHEMA public TO " + role}
	for rows.Next() {
		var table string
		if err := rows.Scan(&table); err != nil {
			return err
		}
		rights := "SELECT, INSERT, UPDATE, DELETE"
		switch {
		case slices.Contains(g.AppendOnly, table):
			rights = "SELECT, INSERT"
		case strings.HasPrefix(table, "goose_"):
			rights = "SELECT"
		}
		name := pgx.Identifier{table}.Sanitize()
		texts = append(texts,
			"REVOKE ALL ON "+name+" FROM "+role, "GRANT "+rights+" ON "+name+" TO "+role)
	}
	if err := rows.Err(); err != nil {
		return sorted(err)
	}
	for _, text := range texts {
		if _, err := conn.ExecContext(ctx, text); err != nil {
			return fmt.Errorf("%s: %w", text, sorted(err))
		}
	}
	return nil
}

// CheckSchema refuses a database whose schema is not the one of migrations.
// Refusals: ErrNewerSchema, ErrOlderSchema.
func CheckSchema(ctx context.Context, d *DB, migrations fs.FS) error {
	want, err := latest(migrations)
	if err != nil {
		return err
	}
	has, err := Read(ctx, d, func(ctx context.Context, tx *Tx) (int64, error) {
		return Value[int64](ctx, tx,
			`SELECT COALESCE(MAX(version_id), 0) FROM goose_db_version`)
	})
	switch {
	case err != nil && !errors.Is(err, ErrUnavailable) && !errors.Is(err, os.ErrNotExist):
		return ErrOlderSchema.With("it has no schema yet")
	case err != nil:
		return err
	case has > want:
		return ErrNewerSchema.With("it is at %d, this version knows %d", has, want)
	case has < want:
		return ErrOlderSchema.With("it is at %d, this version needs %d", has, want)
	}
	return nil
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
