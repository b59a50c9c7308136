package customer

import (
	"context"
	"time"

	"openlend/access"
	"openlend/internal/crypt"
	"openlend/internal/db"
	"openlend/internal/id"
)

// BankAccountCheck says which bank account is found to be the customer's own, and
// for how long after that nothing is paid out to it (0 or more).
type BankAccountCheck struct {
	Account BankAccountID
	CoolOff time.Duration
}

// VerifyBankAccount lets a bank account be used once its cool-off is over. Whoever
// added it cannot verify it. The customer's own name must be verified first,
// since the account is compared with it.
//
// Refusals: access.ErrForbidden, access.ErrFourEyes, ErrBankAccountNotFound,
// ErrBankAccountState, ErrUnverified, ErrFrozen, ErrHolder.
func VerifyBankAccount(
	ctx context.Context, tx *db.Tx, ids *id.Source, vault *crypt.Vault, actor access.Actor,
	in BankAccountCheck,
) (BankAccount, error) {
	if err := actor.Require(access.CustomerCheck); err != nil {
		return BankAccount{}, err
	}
	row, c, err := lockBankAccount(ctx, tx, in.Account)
	if err != nil {
		return BankAccount{}, err
	}
	if err := row.State.may(BankAccountVerified); err != nil {
		return BankAccount{}, err
	}
	if err := actor.SecondPerson(row.maker); err != nil {
		return BankAccount{}, err
	}
	if err := c.MayWithdraw(); err != nil {
		return BankAccount{}, err
	}
	details, err := row.open(ctx, vault)
	if err != nil {
		return BankAccount{}, err
	}
	if err := ownName(ctx, tx, vault, c.ID, details.Holder); err != nil {
		return BankAccount{}, err
	}
	a := row.BankAccount
	a.State, a.VerifiedAt = BankAccountVerified, tx.Now()
	a.UsableAt = a.VerifiedAt.Add(max(0, in.CoolOff))
	if err := storeBankAccountVerified(ctx, tx, &a, actor.Principal()); err != nil {
		return BankAccount{}, err
	}
	return a, announce(ctx, tx, ids, TopicBankAccountVerified, c.ID)
}

// lockBankAccount locks the customer of a bank account, and so all accounts of
// his. Refusal: ErrBankAccountNotFound.
func lockBankAccount(
	ctx context.Context, tx *db.Tx, account BankAccountID,
) (sealedBankAccount, Customer, error) {
	row, err := loadBankAccount(ctx, tx, account)
	if err != nil {
		return row, Customer{}, err
	}
	c, err := lock(ctx, tx, row.Customer)
	if err != nil {
		return row, c, err
	}
	row, err = loadBankAccount(ctx, tx, account) // as it is under the lock
	return row, c, err
}
