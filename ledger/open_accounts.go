package ledger

import (
	"context"
	"errors"
	"slices"

	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/money"
)

// NewAccount asks for an account. OwnerID is the row of the room it belongs to
// (a customer, a listing, a payment), 0 for the platform's own.
type NewAccount struct {
	Kind     Kind
	Currency money.Currency
	OwnerID  int64
}

// OpenAccounts opens accounts in order, with balances of zero where their kind
// keeps one. Refusals: ErrKind, ErrOwner, money.ErrCurrency, ErrExists.
func OpenAccounts(
	ctx context.Context, tx *db.Tx, ids *id.Source, accounts []NewAccount,
) ([]Account, error) {
	opened := make([]Account, len(accounts))
	var running []AccountID
	for i, n := range accounts {
		if err := n.check(); err != nil {
			return nil, err
		}
		next, err := ids.Next()
		if err != nil {
			return nil, err
		}
		opened[i] = Account{ID: AccountID(next), Kind: n.Kind, Currency: n.Currency,
			OwnerID: n.OwnerID, State: Open}
		if n.Kind.Running() {
			running = append(running, opened[i].ID)
		}
	}
	err := tx.InsertMany(ctx, insertAccount, len(opened), func(i int, r *db.Row) {
		a := &opened[i]
		r.Int(int64(a.ID))
		r.Text(string(a.Kind))
		r.Text(string(a.Currency))
		r.Int(a.OwnerID)
		r.Text(string(a.State))
		r.Int(tx.Now().UnixMicro())
	})
	if db.IsDuplicate(err) {
		return nil, ErrExists
	}
	if err != nil {
		return nil, err
	}
	for _, a := range running {
		tx.Own(lockAccount, int64(a))
	}
	return opened, tx.InsertMany(ctx, insertBalance, len(running), func(i int, r *db.Row) {
		r.Int(int64(running[i]))
		for range 4 { // posted, held, version, last_transfer_id
			r.Int(0)
		}
	})
}

// EnsureAccounts finds accounts as FindAccounts does, in the order asked for, and
// opens those that are missing. Refusals: those of OpenAccounts but ErrExists.
func EnsureAccounts(
	ctx context.Context, tx *db.Tx, ids *id.Source, wanted ...NewAccount,
) ([]Account, error) {
	known, err := KnownAccounts(ctx, tx, wanted...)
	if err != nil {
		return nil, err
	}
	var missing []NewAccount
	for _, w := range wanted {
		if known[w] == nil && !slices.Contains(missing, w) {
			missing = append(missing, w)
		}
	}
	opened, err := OpenAccounts(ctx, tx, ids, missing)
	if errors.Is(err, ErrExists) {
		return nil, db.Again("somebody else opened the account")
	}
	if err != nil {
		return nil, err
	}
	for i, w := range missing {
		known[w] = &opened[i]
	}
	found := make([]Account, len(wanted))
	for i, w := range wanted {
		found[i] = *known[w]
	}
	return found, nil
}

// LockAccounts keeps accounts as they are, and the business date open, until the
// transaction ends: for an operation that has to lock rows of later ranks before
// it can say what is to be posted. Accounts without a balance row need no lock.
func LockAccounts(ctx context.Context, tx *db.Tx, accounts ...AccountID) error {
	if _, err := openDate(ctx, tx); err != nil {
		return err
	}
	ids := make([]int64, len(accounts))
	for i, a := range accounts {
		ids[i] = int64(a)
	}
	return tx.Lock(ctx, lockAccount, ids...)
}

func (n NewAccount) check() error {
	if _, ok := chart[n.Kind]; !ok {
		return ErrKind
	}
	if n.OwnerID < 0 {
		return ErrOwner
	}
	_, err := money.ParseCurrency(string(n.Currency))
	return err
}
