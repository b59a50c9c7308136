package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"openlend/custody"
	"openlend/internal/db"
	"openlend/internal/testdb"
)

// What is restored, on either engine, is sound, has the same journal and pays
// nobody; the copy holds no key.
func TestBackup(t *testing.T) {
	eachPlace(t, func(t *testing.T, p place) {
		p.book(t)
		p.must(t, "journal", "seal")
		copied := filepath.Join(t.TempDir(), "copy")
		if out := p.must(t, "backup", "--to", copied); !strings.Contains(out, " tables, ") {
			t.Errorf("%q", out)
		}
		p.fails(t, "must be empty", "backup", "--to", copied)
		if keys, err := os.ReadDir(filepath.Join(copied, "keys")); err != nil || len(keys) != 1 ||
			keys[0].Name() != "ledger-log.pub" {
			t.Errorf("%v, %v", keys, err)
		}
		journal := p.must(t, "journal", "export", "--format", "csv")
		for _, to := range []place{restoreLite(t, copied), restorePostgres(t, copied)} {
			if got := to.must(t, "journal", "export", "--format", "csv"); got != journal {
				t.Errorf("another journal:\n%s", got)
			}
			if out := to.must(t, "verify"); strings.Contains(out, "BAD") {
				t.Error(out)
			}
			if !frozen(t, to) {
				t.Error("payouts are not frozen")
			}
		}
	})
}

func frozen(t *testing.T, p place) bool {
	t.Helper()
	d := testdb.Open(t, db.Options{URL: p.url})
	f, err := db.Read(t.Context(), d, custody.CurrentFreeze)
	if err := errors.Join(err, d.Close()); err != nil {
		t.Error(err)
	}
	return strings.HasPrefix(f.Reason, "restored from a copy of ")
}

func restoreLite(t *testing.T, from string) place {
	t.Helper()
	data := filepath.Join(t.TempDir(), "restored")
	args := []string{"restore", "--from", from, "--data", data}
	code, out, errs := execute(t, "", args...)
	if code != exitOK || !strings.Contains(out, "payouts are frozen") {
		t.Fatalf("exit %d, %q, %q", code, out, errs)
	}
	if code, _, errs := execute(t, "", args...); code != exitFailure ||
		!strings.Contains(errs, "has tables") {
		t.Errorf("restored twice: %d, %q", code, errs)
	}
	return place{url: "sqlite:" + filepath.Join(data, "openlend.db"), flags: []string{"--data", data}}
}

func restorePostgres(t *testing.T, from string) place {
	t.Helper()
	u, data := testdb.EmptyPostgres(t), filepath.Join(t.TempDir(), "restored")
	code, out, errs := execute(t, "", "restore", "--from", from, "--data", data,
		"--owner-database", u.Owner, "--app-role", testdb.Role(u.App))
	if code != exitOK || !strings.Contains(out, "payouts are frozen") {
		t.Fatalf("exit %d, %q, %q", code, out, errs)
	}
	return place{url: u.App, flags: []string{"--data", data, "--database", u.App}}
}
