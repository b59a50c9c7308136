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
	"slices"
	"strings"
	"sync/atomic"

	"openlend/access"
	"openlend/api"
	"openlend/custody"
	"openlend/customer"
	"openlend/internal/crypt"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/internal/outbox"
	"openlend/market"
	"openlend/schema"
)

// App is one process of the platform.
type App struct {
	Config

	DB     *db.DB
	IDs    *id.Source
	Vault  *crypt.Vault
	Tokens *access.TokenKey

	holder      string // of leases
	callbackKey []byte
	bank        *custody.Bank // of the role that speaks with it
	simulator   *simulator    // of the process that plays it
	desk        *market.Desk  // of the role that answers requests

	written  outbox.Bell   // rung when events were written
	heard    []outbox.Bell // rung when events have got their numbers
	news     outbox.Bell   // rung when the bank has some
	draining atomic.Bool
	opened   []func() error // what Close closes, in the order of opening
}

// Open opens everything that the role needs. A SQLite database that is not there
// is made, with its keys, its first business date and the built-in products.
// Refusals: ErrRole, ErrRoleNeedsPostgres, ErrSecret, those of schema.Open,
// crypt.Open, customer.CheckVault, access.OpenTokenKey.
func Open(ctx context.Context, c Config) (_ *App, err error) {
	a := &App{
		Config: c.withDefaults(), holder: id.Holder(), written: outbox.NewBell(),
		news: outbox.NewBell(),
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
	if err := a.openKeys(ctx); err != nil {
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

// openKeys opens the vault and reads the keys, or makes them when they are not
// there.
func (a *App) openKeys(ctx context.Context) (err error) {
	a.Vault, err = crypt.Open(ctx, crypt.Options{
		URL: a.Config.Vault, KeyFile: a.vaultKeyFile(), Create: true, RefuseOwner: true,
		Clock: a.Wall,
	})
	if err != nil {
		return err
	}
	a.opened = append(a.opened, a.Vault.Close)
	_, err = db.Read(ctx, a.DB, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
		return struct{}{}, customer.CheckVault(ctx, tx, a.Vault)
	})
	if err != nil {
		return err
	}
	if a.Tokens, err = access.OpenTokenKey(TokenFile(a.Keys), true); err != nil {
		return err
	}
	a.callbackKey, err = makeSecret(a.callbackKeyFile())
	return err
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

// Close closes what Open has opened, the last first.
func (a *App) Close() error {
	var err error
	for _, closeOne := range slices.Backward(a.opened) {
		err = errors.Join(err, closeOne())
	}
	a.opened = nil
	return err
}

// handler is what this process answers requests with: the whole API, or the
// health of the process when its role is another one.
func (a *App) handler() (http.Handler, error) {
	c := api.Config{
		DB: a.DB, IDs: a.IDs, Vault: a.Vault, Tokens: a.Tokens, Wall: a.Wall, CoolOff: a.CoolOff,
		Ready: a.Ready, Written: a.written.Ring, Log: a.Log,
	}
	mux := http.NewServeMux()
	// The bank that is played here calls back here, a real one calls whoever answers.
	if a.Role.does(RoleAPI) || a.Role.does(RoleBank) {
		mux.Handle("POST "+callbackPath, a.callbacks())
	}
	if !a.Role.does(RoleAPI) {
		mux.Handle("/", api.NewHealth(c))
		return mux, nil
	}
	a.desk = market.NewDesk(a.DB, a.IDs, 0, api.AnswerBid)
	c.Desk = a.desk
	operations, err := api.New(c)
	if err != nil {
		return nil, err
	}
	mux.Handle("/", operations)
	return mux, nil
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
