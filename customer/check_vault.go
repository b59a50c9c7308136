package customer

import (
	"bytes"
	"context"
	"errors"

	"openlend/internal/crypt"
	"openlend/internal/db"
)

// CheckVault refuses a vault that is not the one this database's customers were
// sealed with: after a restore, say, or when the vault was lost and made anew.
// Working on with it would let people register twice and seal their data under
// keys that do not belong here. It looks at the newest customers until it finds
// one that was not forgotten. Refusal: ErrVault.
func CheckVault(ctx context.Context, tx *db.Tx, vault *crypt.Vault) error {
	newest, err := db.Many(ctx, tx, scanSealedNationalID, selectNewestNationalIDs)
	if err != nil {
		return err
	}
	for _, n := range newest {
		number, err := vault.Open(ctx, int64(n.customer), columnNationalID, n.sealed)
		switch {
		case errors.Is(err, crypt.ErrForgotten):
			continue
		case errors.Is(err, crypt.ErrNoKey), errors.Is(err, crypt.ErrSealed):
			return ErrVault
		case err != nil:
			return err
		case !bytes.Equal(nationalIDIndex(vault, n.country, string(number)), n.index):
			return ErrVault
		}
		return nil
	}
	return nil
}
