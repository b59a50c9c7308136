package ledger

import (
	"context"
	"slices"

	"openlend/internal/db"
	"openlend/internal/id"
)

// SetAccountState freezes, unfreezes or closes an account; State draws the
// legal steps. A frozen account takes no posting, but holds in it can still be
// released. Posters that have the account in their cache notice, because its
// version moves too.
//
// Refusals: ErrNoAccount, ErrPlatform, ErrState, ErrNotEmpty.
func SetAccountState(
	ctx context.Context, tx *db.Tx, ids *id.Source, account AccountID, to State,
) error {
	version, err := ids.Next()
	if err != nil {
		return err
	}
	if err := tx.Lock(ctx, lockAccount, int64(account)); err != nil {
		return err
	}
	accounts, err := GetAccounts(ctx, tx, account)
	if err != nil {
		return err
	}
	if err := accounts[0].mayBecome(to); err != nil {
		return err
	}
	return storeAccountState(ctx, tx, account, to, version)
}

// mayBecome is the rule: platform accounts stay open, only an empty account is
// closed.
func (a *Account) mayBecome(to State) error {
	switch {
	case !a.Kind.Running():
		return ErrPlatform
	case !slices.Contains(steps[a.State], to):
		return ErrState
	case to == Closed && (a.Posted != 0 || a.Held != 0):
		return ErrNotEmpty
	}
	return nil
}
