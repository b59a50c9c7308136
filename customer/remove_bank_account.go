package customer

import (
	"context"
	"errors"

	"openlend/access"
	"openlend/internal/db"
	"openlend/internal/id"
)

// RemoveBankAccount takes a bank account out of use for ever. Payouts that the
// bank has not been told of can then not be sent to it.
//
// Refusals: ErrBankAccountNotFound (also what is another's),
// access.ErrForbidden, ErrBankAccountState.
func RemoveBankAccount(
	ctx context.Context, tx *db.Tx, ids *id.Source, actor access.Actor, account BankAccountID,
) (BankAccount, error) {
	row, err := loadBankAccount(ctx, tx, account)
	if err != nil {
		return BankAccount{}, err
	}
	err = mayAct(actor, row.Customer, access.CustomerAct)
	if errors.Is(err, ErrNotFound) {
		return BankAccount{}, ErrBankAccountNotFound
	}
	if err != nil {
		return BankAccount{}, err
	}
	if row, _, err = lockBankAccount(ctx, tx, account); err != nil {
		return BankAccount{}, err
	}
	if err := row.State.may(BankAccountRemoved); err != nil {
		return BankAccount{}, err
	}
	a := row.BankAccount
	a.State, a.RemovedAt = BankAccountRemoved, tx.Now()
	if err := storeBankAccountRemoved(ctx, tx, &a); err != nil {
		return BankAccount{}, err
	}
	return a, announce(ctx, tx, ids, TopicBankAccountRemoved, a.Customer)
}
