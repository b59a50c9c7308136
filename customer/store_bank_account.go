package customer

import (
	"context"
	"errors"

	"openlend/internal/crypt"
	"openlend/internal/db"
)

const (
	bankAccountColumns = `SELECT id, customer_id, currency, country, state, account, holder, maker,
		added_at, COALESCE(verified_at, 0), COALESCE(usable_at, 0), COALESCE(removed_at, 0)
		FROM customer_bank_account `

	selectBankAccount = bankAccountColumns + `WHERE id = $1`

	selectBankAccounts = bankAccountColumns + `WHERE customer_id = $1 ORDER BY id DESC LIMIT 200`

	selectPayoutAccount = bankAccountColumns + `WHERE customer_id = $1 AND currency = $2
		AND state = 'verified'`

	selectKeptBankAccount = `SELECT COUNT(*) FROM customer_bank_account
		WHERE customer_id = $1 AND currency = $2 AND state <> 'removed'`

	insertBankAccount = `INSERT INTO customer_bank_account (id, customer_id, currency, country,
		state, account, holder, maker, added_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`

	updateBankAccountVerified = `UPDATE customer_bank_account
		SET state = 'verified', checker = $1, verified_at = $2, usable_at = $3 WHERE id = $4`

	updateBankAccountRemoved = `UPDATE customer_bank_account
		SET state = 'removed', removed_at = $1 WHERE id = $2`
)

// sealedBankAccount is a row of customer_bank_account.
type sealedBankAccount struct {
	BankAccount

	account, holder []byte
}

// fieldsOf pairs what is sealed with its columns, bound to this very row.
func (s *sealedBankAccount) fieldsOf(d *BankDetails) []field {
	row := "/" + s.ID.String()
	return []field{
		{columnAccount + row, &d.Account, &s.account},
		{columnHolder + row, &d.Holder, &s.holder},
	}
}

func (s *sealedBankAccount) open(ctx context.Context, vault *crypt.Vault) (BankDetails, error) {
	d := BankDetails{Country: s.Country}
	if err := openAll(ctx, vault, s.Customer, s.fieldsOf(&d)); err != nil {
		return BankDetails{}, err
	}
	return d, nil
}

func scanBankAccount(r db.Scanner) (s sealedBankAccount, err error) {
	var added, verified, usable, removed int64
	err = r.Scan((*int64)(&s.ID), (*int64)(&s.Customer), (*string)(&s.Currency), &s.Country,
		(*string)(&s.State), &s.account, &s.holder, &s.maker, &added, &verified, &usable, &removed)
	s.AddedAt, s.VerifiedAt = instant(added), instant(verified)
	s.UsableAt, s.RemovedAt = instant(usable), instant(removed)
	return s, err
}

func loadBankAccount(
	ctx context.Context, tx *db.Tx, account BankAccountID,
) (sealedBankAccount, error) {
	row, err := db.One(ctx, tx, scanBankAccount, selectBankAccount, int64(account))
	if errors.Is(err, db.ErrNotFound) {
		return row, ErrBankAccountNotFound
	}
	return row, err
}

// keepsBankAccount says whether a customer has an account in a currency that is
// not removed.
func keepsBankAccount(ctx context.Context, tx *db.Tx, a *BankAccount) (bool, error) {
	n, err := db.Value[int64](ctx, tx, selectKeptBankAccount, int64(a.Customer),
		string(a.Currency))
	return n > 0, err
}

func storeNewBankAccount(ctx context.Context, tx *db.Tx, s *sealedBankAccount) error {
	_, err := tx.Exec(ctx, insertBankAccount, int64(s.ID), int64(s.Customer), string(s.Currency),
		s.Country, string(s.State), s.account, s.holder, s.maker, s.AddedAt.UnixMicro())
	return err
}

func storeBankAccountVerified(
	ctx context.Context, tx *db.Tx, a *BankAccount, checker string,
) error {
	_, err := tx.Exec(ctx, updateBankAccountVerified, checker, a.VerifiedAt.UnixMicro(),
		a.UsableAt.UnixMicro(), int64(a.ID))
	return err
}

func storeBankAccountRemoved(ctx context.Context, tx *db.Tx, a *BankAccount) error {
	_, err := tx.Exec(ctx, updateBankAccountRemoved, a.RemovedAt.UnixMicro(), int64(a.ID))
	return err
}
