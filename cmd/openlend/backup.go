package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"openlend/access"
	"openlend/custody"
	"openlend/internal/backup"
	"openlend/internal/clock"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/schema"
)

// BackupCmd copies the database.
type BackupCmd struct {
	databaseFlags
	To string `required:"" placeholder:"DIR" help:"Directory for the copy; must be empty or missing."`
}

// Help explains the command.
func (BackupCmd) Help() string {
	return `Copies the whole database as it is at one moment, beside a running server, into a
directory that "openlend restore" reads on either engine. heads.log and the log's public
key are copied with it.

Keys are not: a copy without DATA/keys shows no personal data to anybody, and without it
nobody's data can ever be read again. Keep DATA/keys apart from the copies, and safe.

Examples:
  openlend backup --data ./data --to /backup/2026-11-22
  openlend backup --database postgres://app@db/openlend --data /var/lib/openlend --to /backup/1`
}

// Run copies.
func (c BackupCmd) Run(ctx context.Context, std streams) (err error) {
	d, err := c.open(ctx, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	m, err := backup.Take(ctx, d, filepath.Join(c.To, rowsDir), clock.System{}.Now(),
		in64(progress(std, "rows")))
	if err != nil {
		return err
	}
	if err := copyFiles(c.Data, c.To); err != nil {
		return err
	}
	_, err = fmt.Fprintf(std.Out, "%d tables, %d rows in %s\n", len(m.Tables), rowsIn(m), c.To)
	return err
}

// rowsDir is the database's place in a copy, beside the witnesses.
const rowsDir = "database"

// witnesses are the files that prove what the journal was: no secrets.
var witnesses = []string{"heads.log", filepath.Join("keys", "ledger-log.pub")}

func copyFiles(from, to string) error {
	for _, name := range witnesses {
		text, err := os.ReadFile(filepath.Join(from, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue // this log was never sealed here
		}
		if err != nil {
			return err
		}
		path := filepath.Join(to, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path, text, 0o600); err != nil { //nolint:gosec // his folder
			return err
		}
	}
	return nil
}

func rowsIn(m backup.Manifest) (rows int64) {
	for _, f := range m.Tables {
		rows += f.Rows
	}
	return rows
}

// RestoreCmd makes a database of a copy.
type RestoreCmd struct {
	Data          string `default:"./data" placeholder:"DIR" help:"New data directory for SQLite, or with --owner-database for heads.log (./data)."`
	OwnerDatabase string `env:"OPENLEND_OWNER_DATABASE" placeholder:"URL" help:"An empty PostgreSQL database, as the role that is to own the tables; also from $OPENLEND_OWNER_DATABASE."`
	AppRole       string `placeholder:"NAME" help:"PostgreSQL role that serves, as for migrate."`
	From          string `required:"" placeholder:"DIR" help:"Directory of the copy."`
}

// Help explains the command.
func (RestoreCmd) Help() string {
	return `Makes a new database of a copy that "openlend backup" wrote, on either engine, after
checking every file against the copy's manifest.

A copy is of the past: the bank may have moved on. So a restored platform starts with all
payouts frozen. Put DATA/keys back, start it, let it read the bank's statement, and have
two people release payouts when client money agrees.

Examples:
  openlend restore --from /backup/2026-11-22 --data ./restored
  openlend restore --from /backup/1 --owner-database postgres://owner@db/new --app-role openlend_app`
}

// Run restores.
func (c RestoreCmd) Run(ctx context.Context, std streams) (err error) {
	url, err := c.emptyDatabase(ctx)
	if err != nil {
		return err
	}
	if _, err := backup.Open(filepath.Join(c.From, rowsDir)); err != nil {
		return err
	}
	if _, err := schema.Migrate(ctx, url, c.AppRole); err != nil {
		return err
	}
	d, err := schema.Open(ctx, db.Options{URL: url})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	m, err := backup.Restore(ctx, d, filepath.Join(c.From, rowsDir), in64(progress(std, "rows")))
	if err != nil {
		return err
	}
	if err := freezeRestored(ctx, d, m); err != nil {
		return err
	}
	if err := copyFiles(c.From, c.Data); err != nil {
		return err
	}
	_, err = fmt.Fprintf(std.Out, "%d tables, %d rows as of %s; payouts are frozen\n",
		len(m.Tables), rowsIn(m), m.TakenAt.Format("2006-01-02 15:04:05 MST"))
	return err
}

// emptyDatabase returns the URL of the database that is to be made. Refusal:
// backup.ErrHasTables.
func (c RestoreCmd) emptyDatabase(ctx context.Context) (url string, err error) {
	url = c.OwnerDatabase
	switch {
	case url == "" && c.AppRole != "":
		return "", ErrRoleOfSQLite
	case url == "":
		if err := os.MkdirAll(c.Data, 0o700); err != nil {
			return "", err
		}
		url = databaseFlags{Data: c.Data}.url()
	}
	d, err := db.Open(ctx, db.Options{URL: url})
	if err != nil {
		return "", err
	}
	return url, errors.Join(backup.MustBeEmpty(ctx, d), d.Close())
}

// freezeRestored stops every order to the bank until the books of the past have
// met the bank of today and two people have looked at it.
func freezeRestored(ctx context.Context, d *db.DB, m backup.Manifest) (err error) {
	ids, err := id.Open(ctx, d, clock.System{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ids.Close(context.WithoutCancel(ctx))) }()
	_, err = db.Write(ctx, d, func(ctx context.Context, tx *db.Tx) (custody.Freeze, error) {
		return custody.FreezePayouts(ctx, tx, ids, access.System("restore"),
			"restored from a copy of "+m.TakenAt.Format("2006-01-02 15:04:05 MST"))
	})
	return err
}
