package customer

import (
	"context"
	"errors"

	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/ledger"
	"openlend/money"
)

// WalletOf is the customer's wallet in a currency, opened when he has none yet.
// Refusals: ErrNotFound, money.ErrCurrency.
func WalletOf(
	ctx context.Context, tx *db.Tx, ids *id.Source, customer ID, c money.Currency,
) (ledger.Account, error) {
	wallet := ledger.NewAccount{Kind: ledger.Wallet, Currency: c, OwnerID: int64(customer)}
	found, err := ledger.FindAccounts(ctx, tx, wallet)
	if errors.Is(err, ledger.ErrNoAccount) {
		if _, err := Get(ctx, tx, customer); err != nil {
			return ledger.Account{}, err
		}
		found, err = ledger.EnsureAccounts(ctx, tx, ids, wallet)
	}
	if err != nil {
		return ledger.Account{}, err
	}
	return found[0], nil
}
