package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"openlend/calendar"
	"openlend/internal/clock"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/internal/pgcluster"
	"openlend/ledger"
	"openlend/money"
	"openlend/schema"
)

// Config says where to measure.
type Config struct {
	Engine   db.Engine
	Dir      string // an empty folder on the disk to be measured; its owner removes it
	Accounts int    // 0: 10,000
}

// books are a ledger with funded wallets to move money between.
type books struct {
	db      *db.DB
	ids     *id.Source
	bank    ledger.AccountID
	wallets []ledger.AccountID
	url     string
	server  *pgcluster.Cluster
	close   func() error
}

const currency = money.EUR

// openBooks makes a fresh database. On PostgreSQL it starts a durable private
// server, or shares the one of another.
func openBooks(ctx context.Context, c Config, share *books) (*books, error) {
	if c.Accounts == 0 {
		c.Accounts = 10_000
	}
	b := &books{}
	place, closeServer, err := b.place(ctx, c, share)
	if err != nil {
		return nil, err
	}
	if err := b.open(ctx, place); err != nil {
		return nil, errors.Join(err, closeServer())
	}
	b.close = func() error { return errors.Join(b.shut(), closeServer()) }
	if err := b.fund(ctx, c.Accounts); err != nil {
		return nil, errors.Join(err, b.close())
	}
	return b, nil
}

func (b *books) open(ctx context.Context, place string) (err error) {
	b.url = place
	if b.db, err = schema.Open(ctx, db.Options{URL: place}); err != nil {
		return err
	}
	if b.ids, err = id.Open(ctx, b.db, clock.System{}); err != nil {
		return errors.Join(err, b.db.Close())
	}
	return nil
}

func (b *books) shut() error {
	return errors.Join(b.ids.Close(context.Background()), b.db.Close())
}

// place makes an empty, migrated database and says how to remove its server.
func (b *books) place(
	ctx context.Context, c Config, share *books,
) (url string, closeServer func() error, err error) {
	name := fmt.Sprintf("bench%d", rand.IntN(1_000_000))
	if c.Engine == db.SQLite {
		url = "sqlite:" + filepath.Join(c.Dir, name, "openlend.db")
		_, err = schema.Migrate(ctx, url, "")
		return url, func() error { return os.RemoveAll(filepath.Join(c.Dir, name)) }, err
	}
	closeServer = func() error { return nil }
	if share != nil {
		b.server = share.server
	} else {
		b.server, err = pgcluster.Start(ctx, pgcluster.Options{
			Durable: true, Dir: c.Dir, Settings: postgresSettings})
		if err != nil {
			return "", nil, err
		}
		closeServer = b.server.Stop
	}
	owner, app, err := pgcluster.CreateDatabase(ctx, b.server.URL(), name)
	if err == nil {
		_, err = schema.Migrate(ctx, owner, name+"_app")
	}
	if err != nil {
		return "", nil, errors.Join(err, closeServer())
	}
	return app, closeServer, nil
}

// postgresSettings are what an operator of a small server would set; printed
// beside the figures.
var postgresSettings = map[string]string{
	"shared_buffers": "1GB", "max_wal_size": "8GB", "checkpoint_timeout": "15min",
	"wal_compression": "on",
}

// fund opens the accounts and gives every wallet a million.
func (b *books) fund(ctx context.Context, n int) error {
	accounts := make([]ledger.NewAccount, 0, 1+n)
	accounts = append(accounts, ledger.NewAccount{Kind: ledger.BankClients, Currency: currency})
	for i := range n {
		accounts = append(accounts,
			ledger.NewAccount{Kind: ledger.Wallet, Currency: currency, OwnerID: int64(i + 1)})
	}
	opened, err := db.Write(ctx, b.db,
		func(ctx context.Context, tx *db.Tx) ([]ledger.Account, error) {
			if err := ledger.Start(ctx, tx, calendar.NewDate(2026, 1, 2)); err != nil {
				return nil, err
			}
			return ledger.OpenAccounts(ctx, tx, b.ids, accounts)
		})
	if err != nil {
		return err
	}
	b.bank = opened[0].ID
	deposits := make([]ledger.Command, n)
	for i, a := range opened[1:] {
		b.wallets = append(b.wallets, a.ID)
		deposits[i] = b.command(b.bank, a.ID, 1_000_000_00)
	}
	results, err := db.Write(ctx, b.db,
		func(ctx context.Context, tx *db.Tx) ([]ledger.Result, error) {
			return ledger.Post(ctx, tx, b.ids, deposits)
		})
	return errors.Join(err, firstRefusal(results))
}

func firstRefusal(results []ledger.Result) error {
	for i := range results {
		if err := results[i].Err; err != nil {
			return err
		}
	}
	return nil
}

// command is a transfer with a cause of its own.
func (b *books) command(debit, credit ledger.AccountID, minor int64) ledger.Command {
	cause, err := b.ids.Next()
	if err != nil {
		cause = 0 // refused when it is posted
	}
	return ledger.Command{
		Cause: ledger.Cause{Type: "bench", ID: cause}, Debit: debit, Credit: credit,
		Amount: money.New(minor, currency),
	}
}

// between is a small transfer between two random wallets.
func (b *books) between() ledger.Command { return b.among(b.wallets) }

func (b *books) among(wallets []ledger.AccountID) ledger.Command {
	from := rand.IntN(len(wallets))
	to := (from + 1 + rand.IntN(len(wallets)-1)) % len(wallets)
	return b.command(wallets[from], wallets[to], 1+rand.Int64N(999))
}

var oneCent = money.New(1, currency)

func roleOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.User == nil {
		return ""
	}
	return u.User.Username()
}

func inDatabase(raw, name string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return raw
	}
	u.Path = "/" + name
	return u.String()
}

// serverNote tells which server was measured and how it is set.
func serverNote(b *books) string {
	if b.server == nil {
		return ""
	}
	return "PostgreSQL " + b.server.Version() + ": " + strings.Join(b.server.Settings(), " ")
}

// findWallets finds the wallets of a ledger that another process has funded.
func (b *books) findWallets(ctx context.Context) error {
	ids, err := db.Read(ctx, b.db, func(ctx context.Context, tx *db.Tx) ([]int64, error) {
		return db.Values[int64](ctx, tx, selectWallets)
	})
	for _, id := range ids {
		b.wallets = append(b.wallets, ledger.AccountID(id))
	}
	return err
}
