package main

import (
	"path/filepath"
	"strings"
	"testing"

	"openlend/internal/crypt"
	"openlend/internal/testdb"
)

// The vault of keys is migrated with the database, by the role that owns it, and
// then serves under the other one.
func TestMigrateVault(t *testing.T) {
	t.Parallel()
	keys, u := testdb.EmptyPostgres(t), testdb.EmptyPostgres(t) // dropped the other way round
	migrate := []string{"migrate", "--owner-database", u.Owner, "--owner-vault", keys.Owner,
		"--app-role", testdb.Role(keys.App)}
	code, out, errs := execute(t, "", migrate...)
	if code != exitOK || !strings.HasSuffix(out, "applied vault 0001_vault\n") || errs != "" {
		t.Errorf("first: exit %d, %q, %q", code, out, errs)
	}
	code, out, errs = execute(t, "", migrate...)
	if code != exitOK || out != "the schema is up to date\n" || errs != "" {
		t.Errorf("again: exit %d, %q, %q", code, out, errs)
	}
	vault, err := crypt.Open(t.Context(), crypt.Options{URL: keys.App, Create: true,
		RefuseOwner: true, KeyFile: filepath.Join(t.TempDir(), "kek")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := vault.Seal(t.Context(), 1, "c", nil); err != nil {
		t.Error(err)
	}
	if err := vault.Close(); err != nil {
		t.Error(err)
	}
}
