package customer

import (
	"context"
	"errors"
	"slices"
	"time"

	"openlend/internal/crypt"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/money"
)

// BankAccountID names a bank account.
type BankAccountID int64

// String shows the id as it is shown outside: bac_….
func (b BankAccountID) String() string { return id.Format("bac", int64(b)) }

// ParseBankAccountID reads bac_…. Refusal: id.ErrMalformed.
func ParseBankAccountID(s string) (BankAccountID, error) {
	n, err := id.Parse("bac", s)
	return BankAccountID(n), err
}

// BankAccountState is where a bank account stands:
//
//	new ──► verified ──► removed
//	new ──► removed
//
// A removed one never comes back; the same number is added anew and cools off
// anew.
type BankAccountState string

// The states of a bank account.
const (
	BankAccountNew      BankAccountState = "new"
	BankAccountVerified BankAccountState = "verified"
	BankAccountRemoved  BankAccountState = "removed"
)

var bankAccountSteps = map[BankAccountState][]BankAccountState{
	BankAccountNew:      {BankAccountVerified, BankAccountRemoved},
	BankAccountVerified: {BankAccountRemoved},
}

// Steps lists where a state may go.
func (s BankAccountState) Steps() []BankAccountState { return bankAccountSteps[s] }

func (s BankAccountState) may(to BankAccountState) error {
	if !slices.Contains(s.Steps(), to) {
		return ErrBankAccountState
	}
	return nil
}

// BankAccount is where a customer's money may be paid out to. The number and
// the holder's name stay sealed: see RevealBankAccount.
type BankAccount struct {
	ID         BankAccountID
	Customer   ID
	Currency   money.Currency
	Country    string
	State      BankAccountState
	AddedAt    time.Time
	VerifiedAt time.Time // zero: never
	UsableAt   time.Time // end of the cool-off, zero: not verified
	RemovedAt  time.Time // zero: never

	maker string
}

// BankDetails is what a bank needs for an order. It prints as hidden.
type BankDetails struct {
	hidden

	Account string // an IBAN, or the number as it is used in that country
	Holder  string
	Country string
}

// GetBankAccount gets a bank account as it is now. Refusal:
// ErrBankAccountNotFound.
func GetBankAccount(ctx context.Context, tx *db.Tx, account BankAccountID) (BankAccount, error) {
	a, err := loadBankAccount(ctx, tx, account)
	return a.BankAccount, err
}

// ListBankAccounts lists a customer's bank accounts, newest first, at most 200.
func ListBankAccounts(ctx context.Context, tx *db.Tx, customer ID) ([]BankAccount, error) {
	rows, err := db.Many(ctx, tx, scanBankAccount, selectBankAccounts, int64(customer))
	accounts := make([]BankAccount, len(rows))
	for i, row := range rows {
		accounts[i] = row.BankAccount
	}
	return accounts, err
}

// PayoutAccount is the customer's bank account in a currency to which money may
// be sent now: verified, in his own name, past its cool-off. Refusal:
// ErrNoBankAccount.
func PayoutAccount(
	ctx context.Context, tx *db.Tx, customer ID, c money.Currency,
) (BankAccount, error) {
	row, err := db.One(ctx, tx, scanBankAccount, selectPayoutAccount, int64(customer), string(c))
	switch {
	case errors.Is(err, db.ErrNotFound):
		return BankAccount{}, ErrNoBankAccount
	case err != nil:
		return BankAccount{}, err
	case tx.Now().Before(row.UsableAt):
		return BankAccount{}, ErrNoBankAccount.With("the bank account may be used from %s on",
			row.UsableAt.Format(time.RFC3339))
	}
	return row.BankAccount, nil
}

// RevealBankAccount opens a bank account for the bank's order, and for nothing
// else: it leaves no record, since the payout is one. Refusals:
// ErrBankAccountNotFound, ErrBankAccountState when it is not verified (any more).
func RevealBankAccount(
	ctx context.Context, tx *db.Tx, vault *crypt.Vault, account BankAccountID,
) (BankDetails, error) {
	row, err := loadBankAccount(ctx, tx, account)
	if err != nil {
		return BankDetails{}, err
	}
	if row.State != BankAccountVerified {
		return BankDetails{}, ErrBankAccountState
	}
	return row.open(ctx, vault)
}
