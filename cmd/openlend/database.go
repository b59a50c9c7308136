package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"openlend/internal/db"
	"openlend/ledger"
	"openlend/schema"
)

// databaseFlags say which database a command works on: a data directory with
// SQLite in it, or PostgreSQL. Embed it in the struct of a command.
type databaseFlags struct {
	Data     string `default:"./data" placeholder:"DIR" help:"Data directory: the SQLite file openlend.db, keys and heads.log (./data)."`
	Database string `env:"OPENLEND_DATABASE" placeholder:"URL" help:"PostgreSQL in the place of SQLite, as postgres://…; also from $OPENLEND_DATABASE, which hides its password from ps."`
}

// url is the database as internal/db knows it.
func (f databaseFlags) url() string {
	if f.Database != "" {
		return f.Database
	}
	return "sqlite:" + filepath.Join(f.Data, "openlend.db")
}

// open opens the database, which must be migrated, for reading and writing or
// beside a writer. Refusals: ErrNoDatabase, those of schema.Open.
func (f databaseFlags) open(ctx context.Context, readOnly bool) (*db.DB, error) {
	if path, ok := strings.CutPrefix(f.url(), "sqlite:"); ok {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return nil, ErrNoDatabase.With("%s; make one with: openlend migrate --data %s",
				path, filepath.Dir(path))
		}
	}
	return schema.Open(ctx, db.Options{URL: f.url(), ReadOnly: readOnly})
}

// logFlags are databaseFlags for commands that use the log's keys.
type logFlags struct {
	databaseFlags
	Keys string `placeholder:"DIR" help:"Directory of the log's keys (DATA/keys)."`
}

// place is where the log's keys and heads.log are.
func (f logFlags) place() ledger.Place { return ledger.PlaceIn(f.Data, f.Keys) }

// in64 turns a progress of the command line into one of a room.
func in64(show func(done, of int)) func(done, of int64) {
	return func(done, of int64) { show(int(done), int(of)) }
}
