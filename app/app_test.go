package app

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"openlend/calendar"
	"openlend/internal/db"
	"openlend/internal/testdb"
	"openlend/ledger"
	"openlend/origination"
)

func config(data string) Config {
	return Config{
		Data: data, Listen: "127.0.0.1:0", BankListen: "127.0.0.1:0",
		FirstDate: calendar.MustParseDate("2026-03-02"), Cutoff: 1 << 62,
		Log: slog.New(slog.DiscardHandler),
	}
}

func mustOpen(t *testing.T, c Config) *App {
	t.Helper()
	a, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func mustClose(t *testing.T, a *App) {
	t.Helper()
	if err := a.Close(); err != nil {
		t.Error(err)
	}
}

func TestRoles(t *testing.T) {
	for role, want := range map[Role]error{
		"admin": ErrRole, "ALL": ErrRole, RoleAPI: ErrRoleNeedsPostgres,
		RoleWorker: ErrRoleNeedsPostgres, RoleCloser: ErrRoleNeedsPostgres,
		RoleBank: ErrRoleNeedsPostgres,
	} {
		c := config(t.TempDir())
		c.Role = role
		if _, err := Open(t.Context(), c); !errors.Is(err, want) {
			t.Errorf("%s: %v", role, err)
		}
		if left, err := os.ReadDir(c.Data); err != nil || len(left) != 0 {
			t.Errorf("%s: a refused start has made %v", role, left)
		}
	}
}

// TestEveryServiceHasARole: what role all does is done by the other roles
// together, each service by one of them. Only where one process does everything
// is there one that takes commands for it.
func TestEveryServiceHasARole(t *testing.T) {
	a := mustOpen(t, config(t.TempDir()))
	defer mustClose(t, a)
	listener, err := listen(t.Context(), a.Listen)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	if err := a.openBank(t.Context(), listener.Addr()); err != nil {
		t.Fatal(err)
	}
	defer a.simulator.listener.Close()
	all := map[string]bool{}
	for _, s := range a.services() {
		if all[s.name] {
			t.Errorf("%s is there twice", s.name)
		}
		all[s.name] = true
	}
	parts := map[string]Role{"control": RoleAll}
	for _, role := range Roles()[1:] {
		a.Role = role
		for _, s := range a.services() {
			if before, taken := parts[s.name]; taken || !all[s.name] {
				t.Errorf("%s is of %s and of %s", s.name, before, role)
			}
			parts[s.name] = role
		}
	}
	if len(parts) != len(all) || len(all) < 10 {
		t.Errorf("%d services, %d of them with a role", len(all), len(parts))
	}
}

// TestBegin: a new platform has a business date, products and keys; serving it
// again changes none of them.
func TestBegin(t *testing.T) {
	data := t.TempDir()
	a := mustOpen(t, config(data))
	first, err := a.makeSecretAgain()
	if err != nil {
		t.Fatal(err)
	}
	if on := businessOn(t, a); on.String() != "2026-03-02" {
		t.Errorf("%s", on)
	}
	mustClose(t, a)
	c := config(data)
	c.FirstDate = calendar.MustParseDate("2026-04-01")
	a = mustOpen(t, c)
	defer mustClose(t, a)
	if on := businessOn(t, a); on.String() != "2026-03-02" {
		t.Errorf("a second start moves the business date to %s", on)
	}
	again, err := a.makeSecretAgain()
	if err != nil || string(again) != string(first) || len(first) != secretBytes {
		t.Errorf("%v: the callback key has changed", err)
	}
	versions, err := db.Read(t.Context(), a.DB,
		func(ctx context.Context, tx *db.Tx) ([]origination.ProductVersion, error) {
			return origination.ListProductVersions(ctx, tx, "standard-eur")
		})
	if err != nil || len(versions) != 1 || versions[0].State != origination.ProductApproved {
		t.Errorf("%v: %d versions of the built-in product", err, len(versions))
	}
	for _, file := range []string{"token.key", "vault.key", "bank-callback.key"} {
		info, err := os.Stat(filepath.Join(data, "keys", file))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", file, err, info)
		}
	}
	if _, err := Open(t.Context(), config(data)); !errors.Is(err, db.ErrSecondWriter) {
		t.Errorf("a second process on one SQLite file: %v", err)
	}
}

func (a *App) makeSecretAgain() ([]byte, error) { return makeSecret(a.callbackKeyFile()) }

func businessOn(t *testing.T, a *App) calendar.Date {
	t.Helper()
	dates, err := db.Read(t.Context(), a.DB, ledger.ReadDates)
	if err != nil {
		t.Fatal(err)
	}
	return dates.BusinessOn
}

// TestManyBeginAtOnce: processes that start together on a new database all
// start.
func TestManyBeginAtOnce(t *testing.T) {
	books := testdb.Postgres(t)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			c := config(t.TempDir())
			c.Database = books.App
			a, err := Open(t.Context(), c)
			if err != nil {
				t.Error(err)
				return
			}
			mustClose(t, a)
		})
	}
	all.Wait()
}

// TestOwnerIsRefused: the role that could change the tables does not serve.
func TestOwnerIsRefused(t *testing.T) {
	c := config(t.TempDir())
	c.Database = testdb.Postgres(t).Owner
	if _, err := Open(t.Context(), c); !errors.Is(err, db.ErrOwnerRole) {
		t.Errorf("%v", err)
	}
}

// TestRun: a process answers until it is told to stop, and then says that it is
// not ready.
func TestRun(t *testing.T) {
	a := mustOpen(t, config(t.TempDir()))
	defer mustClose(t, a)
	ctx, stop := context.WithCancel(t.Context())
	started, ended := make(chan Started, 1), make(chan error, 1)
	go func() { ended <- a.Run(ctx, func(s Started) { started <- s }) }()
	s := <-started
	for _, url := range []string{"http://" + s.At.String() + "/readyz", s.Simulator + "/"} {
		got, err := http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		_ = got.Body.Close()
		if got.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", url, got.Status)
		}
	}
	if !strings.HasPrefix(s.Simulator, "http://127.0.0.1:") {
		t.Errorf("%q", s.Simulator)
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("%v", err)
	}
	if err := a.Ready(t.Context()); !errors.Is(err, ErrDraining) {
		t.Errorf("%v", err)
	}
}
