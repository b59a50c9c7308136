package custody

import (
	"context"
	"errors"
	"time"

	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/ledger"
	"openlend/money"
)

// Account is one currency at the custody bank, and how far we have read it.
type Account struct {
	ID       ledger.AccountID // bank_clients
	Currency money.Currency
	Minimum  int64 // the least that is paid out, minor units

	Cursor      int64     // every line of the statement up to it is applied
	CompleteAt  time.Time // by the bank: the statement shows all that was before
	Balance     int64     // the bank's own
	BalanceLine int64     // after which line
	AskedAt     time.Time // by our clock; zero: never
}

// EnsureAccount opens a currency at the custody bank, or sets the least that is
// paid out of it (minor units, at least 1).
func EnsureAccount(
	ctx context.Context, tx *db.Tx, ids *id.Source, c money.Currency, minimum int64,
) (Account, error) {
	if _, err := money.ParseCurrency(string(c)); err != nil {
		return Account{}, err
	}
	if minimum <= 0 {
		return Account{}, ErrAmount.In("minimum")
	}
	bank, err := ledger.EnsureAccounts(ctx, tx, ids,
		ledger.NewAccount{Kind: ledger.BankClients, Currency: c},
		ledger.NewAccount{Kind: ledger.Suspense, Currency: c})
	if err != nil {
		return Account{}, err
	}
	a := Account{ID: bank[0].ID, Currency: c, Minimum: minimum}
	if err := storeNewAccount(ctx, tx, &a); err != nil {
		return Account{}, err
	}
	if err := storeMinimum(ctx, tx, a.ID, minimum); err != nil {
		return Account{}, err
	}
	return loadAccount(ctx, tx, c)
}

// Accounts lists the currencies at the custody bank.
func Accounts(ctx context.Context, tx *db.Tx) ([]Account, error) {
	return db.Many(ctx, tx, scanAccount, selectAccounts)
}

// accountOf gives the account of a currency, and opens it when it is the first
// time that it is asked for.
func accountOf(
	ctx context.Context, tx *db.Tx, ids *id.Source, c money.Currency,
) (Account, error) {
	a, err := loadAccount(ctx, tx, c)
	if errors.Is(err, db.ErrNotFound) {
		return EnsureAccount(ctx, tx, ids, c, 1)
	}
	return a, err
}

func suspenseOf(
	ctx context.Context, tx *db.Tx, ids *id.Source, c money.Currency,
) (ledger.Account, error) {
	a, err := ledger.EnsureAccounts(ctx, tx, ids,
		ledger.NewAccount{Kind: ledger.Suspense, Currency: c})
	if err != nil {
		return ledger.Account{}, err
	}
	return a[0], nil
}

// post books commands of which none may be refused.
func post(ctx context.Context, tx *db.Tx, ids *id.Source, commands []ledger.Command) error {
	if len(commands) == 0 {
		return nil
	}
	results, err := ledger.Post(ctx, tx, ids, commands)
	if err != nil {
		return err
	}
	for _, r := range results {
		if r.Err != nil && !errors.Is(r.Err, ledger.ErrLinked) {
			return r.Err
		}
	}
	return nil
}
