package ledger

import (
	"context"

	"openlend/internal/db"
)

// FindAccounts finds accounts by owner, kind and currency, in the order asked
// for, with their running balances as they are now. Refusal: ErrNoAccount when
// one is missing.
func FindAccounts(ctx context.Context, tx *db.Tx, wanted ...NewAccount) ([]Account, error) {
	known, err := KnownAccounts(ctx, tx, wanted...)
	if err != nil {
		return nil, err
	}
	found := make([]Account, len(wanted))
	for i, w := range wanted {
		a, ok := known[w]
		if !ok {
			return nil, ErrNoAccount.With("%s in %s of owner %d", w.Kind, w.Currency, w.OwnerID)
		}
		found[i] = *a
	}
	return found, nil
}

// KnownAccounts is FindAccounts for accounts of which some may be missing: those
// are absent from the answer.
func KnownAccounts(
	ctx context.Context, tx *db.Tx, wanted ...NewAccount,
) (map[NewAccount]*Account, error) {
	asked := make(map[NewAccount]bool, len(wanted))
	owners := make([]int64, len(wanted))
	for i, w := range wanted {
		asked[w], owners[i] = true, w.OwnerID
	}
	all, err := db.ManyByID(ctx, tx, scanAccount, selectAccountsByOwner, unique(owners))
	known := make(map[NewAccount]*Account, len(all))
	for _, a := range all {
		if w := (NewAccount{a.Kind, a.Currency, a.OwnerID}); asked[w] {
			known[w] = a
		}
	}
	return known, err
}

// AccountsOf lists every account of one owner, 0 for the platform's own, by id.
func AccountsOf(ctx context.Context, tx *db.Tx, ownerID int64) ([]Account, error) {
	all, err := db.Many(ctx, tx, scanAccount, selectAccountsOfOwner, ownerID)
	found := make([]Account, len(all))
	for i, a := range all {
		found[i] = *a
	}
	return found, err
}

// GetAccounts gets accounts by id, in the order asked for, with their running
// balances as they are now. Platform accounts have none: see Balances.
// Refusal: ErrNoAccount when one is missing.
func GetAccounts(ctx context.Context, tx *db.Tx, wanted ...AccountID) ([]Account, error) {
	ids := make([]int64, len(wanted))
	for i, id := range wanted {
		ids[i] = int64(id)
	}
	known := make(map[AccountID]*Account, len(wanted))
	if err := loadAccounts(ctx, tx, unique(ids), known); err != nil {
		return nil, err
	}
	found := make([]Account, len(wanted))
	for i, id := range wanted {
		a, ok := known[id]
		if !ok {
			return nil, ErrNoAccount.With("%s", id)
		}
		found[i] = *a
	}
	return found, nil
}
