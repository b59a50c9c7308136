package main

import (
	"context"
	"fmt"

	"openlend/internal/crypt"
	"openlend/schema"
)

// MigrateCmd makes a database or brings it to this version's schema.
type MigrateCmd struct {
	Data          string `default:"./data" placeholder:"DIR" help:"Data directory with the SQLite file; made when it is not there (./data)."`
	OwnerDatabase string `env:"OPENLEND_OWNER_DATABASE" placeholder:"URL" help:"PostgreSQL, as the role that is to own the tables; also from $OPENLEND_OWNER_DATABASE."`
	OwnerVault    string `env:"OPENLEND_OWNER_VAULT" placeholder:"URL" help:"The vault of keys too: another PostgreSQL database, as its owner; also from $OPENLEND_OWNER_VAULT."`
	AppRole       string `placeholder:"NAME" help:"PostgreSQL role that serves: it may read and write, and only add to append-only tables."`
}

// Help explains the command.
func (MigrateCmd) Help() string {
	return `Runs the migrations that the database lacks and prints their names. It may run while the
program before serves, and again at any time. A database of a newer version is refused.

Examples:
  openlend migrate --data ./data
  openlend migrate --owner-database postgres://owner@db/openlend --app-role openlend_app \
    --owner-vault postgres://owner@keys/vault`
}

// Run migrates.
func (c MigrateCmd) Run(ctx context.Context, std streams) error {
	url := c.OwnerDatabase
	switch {
	case url == "" && c.AppRole != "":
		return ErrRoleOfSQLite
	case url == "":
		url = databaseFlags{Data: c.Data}.url()
	}
	names, err := schema.Migrate(ctx, url, c.AppRole)
	if err == nil && c.OwnerVault != "" {
		var vault []string
		vault, err = crypt.Migrate(ctx, c.OwnerVault, c.AppRole)
		for _, name := range vault {
			names = append(names, "vault "+name)
		}
	}
	for _, name := range names {
		if _, err := fmt.Fprintln(std.Out, "applied", name); err != nil {
			return err
		}
	}
	if err != nil || len(names) > 0 {
		return err
	}
	_, err = fmt.Fprintln(std.Out, "the schema is up to date")
	return err
}
