package crypt

import (
	"context"
	"embed"
	"io/fs"

	"openlend/internal/db"
)

//go:embed schema/*.sql
var files embed.FS

// Files returns the vault's own migrations, which run on both engines. They
// stand apart from those of the platform because the database does.
func Files() (fs.FS, error) { return fs.Sub(files, "schema") }

// Migrate makes the vault's tables, or brings them up to date. appRole is the
// PostgreSQL role that serves ("" on SQLite). Refusals: those of db.Migrate.
func Migrate(ctx context.Context, url, appRole string) ([]string, error) {
	migrations, err := Files()
	if err != nil {
		return nil, err
	}
	return db.Migrate(ctx, url, migrations, db.Grants{Role: appRole})
}
