package customer

import (
	"context"
	"errors"

	"openlend/access"
	"openlend/internal/crypt"
	"openlend/internal/db"
	"openlend/internal/id"
)

// ShowBankAccount shows a bank account to its owner, or to staff who may see it,
// in whatever state it is. It is recorded as Reveal is.
//
// Refusals: ErrBankAccountNotFound (also what is another's), access.ErrForbidden,
// ErrPurpose, crypt.ErrForgotten.
func ShowBankAccount(
	ctx context.Context, tx *db.Tx, ids *id.Source, vault *crypt.Vault, actor access.Actor,
	account BankAccountID, purpose Purpose,
) (BankDetails, error) {
	row, err := loadBankAccount(ctx, tx, account)
	if err != nil {
		return BankDetails{}, err
	}
	d, err := disclose(ctx, tx, ids, disclosure{actor, row.Customer, purpose},
		func() (BankDetails, error) { return row.open(ctx, vault) })
	if errors.Is(err, ErrNotFound) {
		return BankDetails{}, ErrBankAccountNotFound
	}
	return d, err
}
