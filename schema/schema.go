// Package schema holds the whole database as numbered migrations in one
// folder, and says which of its tables are append-only.
//
// A migration NNNN_name.sql runs on both engines; where the text must differ
// there is a pair NNNN_name.sqlite.sql and NNNN_name.postgres.sql. Migrations
// run before, during and after a rolling deploy: expand, backfill, contract.
// current.sql (as SQLite holds it) and current.postgres.sql show the result and
// are checked by a test.
package schema

import (
	"bytes"
	"context"
	"embed"
	"io/fs"
	"regexp"
	"strings"
	"testing/fstest"

	"openlend/internal/db"
)

//go:embed 0*.sql
var files embed.FS

// AppendOnly lists the tables in which a row never changes: the application's
// role may only read and insert there.
var AppendOnly = []string{
	"ledger_transfer", "ledger_batch", "ledger_leaf", "ledger_log_hash", "ledger_head",
	"ledger_rollup",
	"customer_status_change", "customer_terms", "customer_acceptance", "customer_access",
	"custody_line", "custody_position",
	"origination_product", "origination_product_verdict", "origination_decision",
	"market_review",
	"note_holding",
	"servicing_schedule", "servicing_event", "servicing_allocation", "servicing_share",
	"servicing_settlement",
	"closing_failure",
}

// appendOnly is a line of a migration: the triggers of an append-only table, in
// the engine's own words. They go when the table goes.
var appendOnly = regexp.MustCompile(`(?m)^APPEND ONLY (\w+);$`)

var appendOnlyAs = map[db.Engine]string{
	db.SQLite: `-- +goose StatementBegin
CREATE TRIGGER ${1}_no_update BEFORE UPDATE ON ${1}
BEGIN
    SELECT RAISE(ABORT, '${1} is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER ${1}_no_delete BEFORE DELETE ON ${1}
BEGIN
    SELECT RAISE(ABORT, '${1} is append-only');
END;
-- +goose StatementEnd`,
	db.Postgres: `CREATE TRIGGER ${1}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ${1}
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();`,
}

// Files returns the migrations of one engine under their plain names. On SQLite
// a key BIGINT PRIMARY KEY reads INTEGER PRIMARY KEY: only then is it the row's
// own address and not a second tree to keep. A line APPEND ONLY table; becomes
// the table's triggers.
func Files(e db.Engine) (fs.FS, error) {
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return nil, err
	}
	out := fstest.MapFS{}
	for _, name := range names {
		base := strings.TrimSuffix(name, ".sql")
		stem, engine, paired := strings.Cut(base, ".")
		if paired && engine != string(e) {
			continue
		}
		text, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if e == db.SQLite {
			text = bytes.ReplaceAll(text, []byte("BIGINT PRIMARY KEY"), []byte("INTEGER PRIMARY KEY"))
		}
		text = appendOnly.ReplaceAll(text, []byte(appendOnlyAs[e]))
		out[stem+".sql"] = &fstest.MapFile{Data: text}
	}
	return out, nil
}

// Migrate brings the database to this binary's schema and returns the names of
// the migrations it ran. appRole is the PostgreSQL role that serves: it is
// granted what it needs and nothing more ("" grants nothing; SQLite has none).
// Refusals: db.ErrNewerSchema, db.ErrSecondWriter.
func Migrate(ctx context.Context, url, appRole string) ([]string, error) {
	engine, err := db.EngineOf(url)
	if err != nil {
		return nil, err
	}
	migrations, err := Files(engine)
	if err != nil {
		return nil, err
	}
	return db.Migrate(ctx, url, migrations, db.Grants{Role: appRole, AppendOnly: AppendOnly})
}

// Open opens the database for this binary: its schema must be exactly ours.
// Refusals: those of db.Open, db.ErrNewerSchema, db.ErrOlderSchema.
func Open(ctx context.Context, o db.Options) (*db.DB, error) {
	d, err := db.Open(ctx, o)
	if err != nil {
		return nil, err
	}
	migrations, err := Files(d.Engine())
	if err == nil {
		err = db.CheckSchema(ctx, d, migrations)
	}
	if err != nil {
		_ = d.Close() // the refusal is the news
		return nil, err
	}
	return d, nil
}
