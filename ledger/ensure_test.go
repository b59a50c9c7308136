package ledger_test

import (
	"context"
	"errors"
	"testing"

	"openlend/internal/db"
	"openlend/ledger"
	"openlend/money"
)

// Accounts that are ensured are opened once, however many ask at once, and can
// be posted to after rows of later ranks were locked.
func TestEnsureAccounts(t *testing.T) {
	t.Parallel()
	eachBooks(t, func(b *books) {
		late := db.LockClass{Rank: 90, Table: "ledger_account", Key: "id"}
		wanted := []ledger.NewAccount{
			{Kind: ledger.BankClients, Currency: "EUR"},
			{Kind: ledger.Escrow, Currency: "EUR", OwnerID: 77},
			{Kind: ledger.Escrow, Currency: "EUR", OwnerID: 77},
		}
		deposit := func(ctx context.Context, tx *db.Tx, line int64) ([]ledger.Account, error) {
			err := ledger.LockAccounts(ctx, tx, b.bank)
			if err != nil {
				return nil, err
			}
			found, err := ledger.EnsureAccounts(ctx, tx, b.ids, wanted...)
			if err != nil {
				return nil, err
			}
			if err := errors.Join(ledger.LockAccounts(ctx, tx, found[1].ID),
				tx.Lock(ctx, late, int64(b.bank))); err != nil {
				return nil, err
			}
			_, err = ledger.Post(ctx, tx, b.ids, ledger.PostDeposit(line,
				found[0].ID, found[1].ID, money.New(5, "EUR")))
			return found, err
		}
		got := make(chan ledger.AccountID, 8)
		for i := range cap(got) {
			go func() {
				found, err := db.Write(b.Context(), b.db,
					func(ctx context.Context, tx *db.Tx) ([]ledger.Account, error) {
						return deposit(ctx, tx, int64(100+i))
					})
				if err != nil || found[0].ID != b.bank || found[1].ID != found[2].ID {
					b.Error(found, err)
					found = make([]ledger.Account, 3)
				}
				got <- found[1].ID
			}()
		}
		first := <-got
		for range cap(got) - 1 {
			if next := <-got; next != first {
				b.Errorf("two accounts, %v and %v", first, next)
			}
		}
		balances := read(b, func(ctx context.Context, tx *db.Tx) ([]money.Amount, error) {
			return ledger.Balances(ctx, tx, first)
		})
		if balances[0].Minor() != 40 {
			b.Errorf("posted %v", balances[0])
		}
	})
}

// Who asks for accounts of which some are missing is told which there are, and
// an owner's other accounts are not among them.
func TestKnownAccounts(t *testing.T) {
	t.Parallel()
	eachBooks(t, func(b *books) {
		wallet := b.wallet(5)
		owner := *b.owners
		b.open(ledger.Wallet, "USD", owner)
		known := read(b, func(ctx context.Context, tx *db.Tx) (
			map[ledger.NewAccount]*ledger.Account, error,
		) {
			return ledger.KnownAccounts(ctx, tx,
				ledger.NewAccount{Kind: ledger.Wallet, Currency: "EUR", OwnerID: owner},
				ledger.NewAccount{Kind: ledger.Wallet, Currency: "EUR", OwnerID: owner + 1})
		})
		got := known[ledger.NewAccount{Kind: ledger.Wallet, Currency: "EUR", OwnerID: owner}]
		if len(known) != 1 || got == nil || got.ID != wallet || got.Posted != 5 {
			b.Errorf("known: %v", known)
		}
	})
}
