package custody

import (
	"context"

	"openlend/access"
	"openlend/customer"
	"openlend/internal/crypt"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/ledger"
)

// IdentifyDeposit gives money in suspense to the customer whose it is: a person
// has found out.
//
// Refusals: access.ErrForbidden, ErrNotFound, ErrInvalidState,
// customer.ErrNotFound, ledger.ErrFrozen.
func IdentifyDeposit(
	ctx context.Context, tx *db.Tx, ids *id.Source, actor access.Actor, n DepositID,
	owner customer.ID,
) (Deposit, error) {
	if err := actor.Require(access.DepositIdentify); err != nil {
		return Deposit{}, err
	}
	d, err := loadDeposit(ctx, tx, n)
	if err != nil {
		return Deposit{}, err
	}
	wallet, err := customer.WalletOf(ctx, tx, ids, owner, d.Amount.Currency())
	if err != nil {
		return Deposit{}, err
	}
	suspense := d.Account
	if d, err = lockForStep(ctx, tx, n, DepositCredited, suspense, wallet.ID); err != nil {
		return Deposit{}, err
	}
	err = post(ctx, tx, ids,
		ledger.PostDepositIdentified(int64(n), suspense, wallet.ID, d.Amount))
	if err != nil {
		return Deposit{}, err
	}
	d.State, d.Customer, d.Account = DepositCredited, owner, wallet.ID
	d.DoneBy = actor.Principal()
	if err := storeDeposit(ctx, tx, &d); err != nil {
		return Deposit{}, err
	}
	return d, d.announce(ctx, tx, ids)
}

// lockForStep locks accounts and a deposit, and reads it when its state may
// become another one. Refusal: ErrInvalidState.
func lockForStep(
	ctx context.Context, tx *db.Tx, n DepositID, to DepositState, accounts ...ledger.AccountID,
) (Deposit, error) {
	if err := ledger.LockAccounts(ctx, tx, accounts...); err != nil {
		return Deposit{}, err
	}
	d, err := lockDeposit(ctx, tx, n)
	if err == nil && !d.State.may(to) {
		err = ErrInvalidState.With("the deposit is %s", d.State)
	}
	return d, err
}

// Payer is who paid a deposit in, as the bank has told.
type Payer struct {
	Party

	Reference string
}

// RevealPayer opens who paid a deposit that is or was in doubt. Zero when the
// bank's line was not in doubt: then it is the owner himself.
//
// Refusals: access.ErrForbidden, ErrNotFound.
func RevealPayer(
	ctx context.Context, tx *db.Tx, vault *crypt.Vault, actor access.Actor, n DepositID,
) (Payer, error) {
	if err := actor.Require(access.DepositIdentify); err != nil {
		return Payer{}, err
	}
	p, err := openPayer(ctx, tx, vault, n)
	return Payer(p), err
}
