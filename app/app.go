// Package app builds the platform once, from its configuration, and runs the
// part of it that this process's role asks for.
//
// Invariants: processes share nothing but the database, the vault and the keys;
// a process takes requests only after everything that it needs has been found
// sound; one that is told to stop first says so, then ends what it has begun,
// then stops its services and only then closes what they stood on.
package app

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"openlend/access"
	"openlend/api"
	"openlend/calendar"
	"openlend/internal/crypt"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/internal/outbox"
	"openlend/ledger"
	"openlend/schema"
)

// App is one process of the platform.
type App struct {
	Config

	DB     *db.DB
	IDs    *id.Source
	Vault  *crypt.Vault
	Tokens *access.TokenKey

	holder   string      // of leases
	written  outbox.Bell // rung when events were written
	numbered bells       // rung when events have got their numbers
	draining atomic.Bool
	opened   []func() error // what Close closes, in the order of opening
}

// Open opens everything that the role needs. A SQLite database that is not there
// is made, with its keys and its first business date. Refusals: ErrRole,
// ErrRoleNeedsPostgres, those of schema.Open, crypt.Open, access.OpenTokenKey.
func Open(ctx context.Context, c Config) (_ *App, err error) {
	a := &App{
		Config: c.withDefaults(), holder: id.Holder(), written: outbox.NewBell(),
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
		}
	}()
	if err := a.checkRole(); err != nil {
		return nil, err
	}
	if err := a.openDatabase(ctx); err != nil {
		return nil, err
	}
	a.Vault, err = crypt.Open(ctx, crypt.Options{
		URL: a.Config.Vault, KeyFile: a.vaultKeyFile(), Create: true, RefuseOwner: true,
		Clock: a.Wall,
	})
	if err != nil {
		return nil, err
	}
	a.opened = append(a.opened, a.Vault.Close)
	if a.Tokens, err = access.OpenTokenKey(TokenFile(a.Keys), true); err != nil {
		return nil, err
	}
	if a.IDs, err = id.Open(ctx, a.DB, a.Wall); err != nil {
		return nil, err
	}
	a.opened = append(a.opened, func() error {
		return a.IDs.Close(context.WithoutCancel(ctx))
	})
	return a, a.begin(ctx)
}

func (a *App) checkRole() error {
	switch {
	case !isRole(a.Role):
		return ErrRole
	case a.Role != RoleAll && a.Database == "":
		return ErrRoleNeedsPostgres
	}
	return nil
}

func isRole(r Role) bool {
	for _, known := range Roles() {
		if r == known {
			return true
		}
	}
	return false
}

// openDatabase opens the database, and makes it when it is a SQLite file that
// is not there. One that is there is never migrated by serving it.
func (a *App) openDatabase(ctx context.Context) error {
	if path, isFile := strings.CutPrefix(a.url(), "sqlite:"); isFile {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			if _, err := schema.Migrate(ctx, a.url(), ""); err != nil {
				return err
			}
		}
	}
	d, err := schema.Open(ctx, db.Options{URL: a.url(), Clock: a.Wall, RefuseOwner: true})
	if err != nil {
		return err
	}
	a.DB = d
	a.opened = append(a.opened, d.Close)
	return nil
}

// begin gives a new ledger its first business date.
func (a *App) begin(ctx context.Context) error {
	first := a.FirstDate
	if first == 0 {
		first = calendar.DateOf(a.Wall.Now())
	}
	_, err := db.Write(ctx, a.DB, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
		return struct{}{}, ledger.Start(ctx, tx, first)
	})
	return err
}

// Close closes what Open has opened, the last first.
func (a *App) Close() error {
	var err error
	for i := len(a.opened) - 1; i >= 0; i-- {
		err = errors.Join(err, a.opened[i]())
	}
	a.opened = nil
	return err
}

// Handler is what this process answers requests with: the whole API, or the
// health of the process when its role is another one.
func (a *App) Handler() (http.Handler, error) {
	c := api.Config{
		DB: a.DB, IDs: a.IDs, Tokens: a.Tokens, Wall: a.Wall, Ready: a.Ready, Log: a.Log,
	}
	if !a.Role.does(RoleAPI) {
		return api.NewHealth(c), nil
	}
	return api.New(c)
}

// Ready says whether requests should be sent to this process. Refusals:
// ErrDraining, ErrStandby, those of db.Write.
func (a *App) Ready(ctx context.Context) error {
	if a.draining.Load() {
		return ErrDraining
	}
	return writable(ctx, a.DB)
}

// report notes the faults of a service.
func (a *App) report(service string) func(error) {
	return func(err error) { a.Log.Error("fault", "service", service, "fault", err) }
}
