package customer

import (
	"context"
	"strings"

	"openlend/access"
	"openlend/internal/crypt"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/money"
)

// NewBankAccount is a bank account that a customer wants his money paid out to.
type NewBankAccount struct {
	Customer ID
	Currency money.Currency
	BankDetails
}

// AddBankAccount notes a customer's own bank account, to be verified before it is
// used. There is one in each currency: a change of account is a removal, a new
// account and a new cool-off, so that whoever has got hold of a session cannot
// empty a wallet at once.
//
// Refusals: ErrNotFound, access.ErrForbidden, ErrFrozen, money.ErrCurrency,
// ErrCountry, ErrBankAccount, ErrHolder, ErrBankAccountExists.
func AddBankAccount(
	ctx context.Context, tx *db.Tx, ids *id.Source, vault *crypt.Vault, actor access.Actor,
	in NewBankAccount,
) (BankAccount, error) {
	if err := mayAct(actor, in.Customer, access.CustomerAct); err != nil {
		return BankAccount{}, err
	}
	details, err := in.tidy()
	if err != nil {
		return BankAccount{}, err
	}
	if _, err := money.ParseCurrency(string(in.Currency)); err != nil {
		return BankAccount{}, err
	}
	c, err := lock(ctx, tx, in.Customer)
	if err != nil {
		return BankAccount{}, err
	}
	if c.Status == Frozen {
		return BankAccount{}, ErrFrozen
	}
	if err := ownName(ctx, tx, vault, in.Customer, details.Holder); err != nil {
		return BankAccount{}, err
	}
	next, err := ids.Next()
	if err != nil {
		return BankAccount{}, err
	}
	row := sealedBankAccount{BankAccount: BankAccount{ID: BankAccountID(next),
		Customer: in.Customer, Currency: in.Currency, Country: details.Country,
		State: BankAccountNew, AddedAt: tx.Now(), maker: actor.Principal()}}
	kept, err := keepsBankAccount(ctx, tx, &row.BankAccount)
	if err != nil {
		return BankAccount{}, err
	}
	if kept {
		return BankAccount{}, ErrBankAccountExists
	}
	if err := sealAll(ctx, vault, in.Customer, row.fieldsOf(&details)); err != nil {
		return BankAccount{}, err
	}
	if err := storeNewBankAccount(ctx, tx, &row); err != nil {
		return BankAccount{}, err
	}
	return row.BankAccount, announce(ctx, tx, ids, TopicBankAccountAdded, in.Customer)
}

// tidy brings the details into the form they are kept in. Refusals: ErrCountry,
// ErrBankAccount.
func (d BankDetails) tidy() (BankDetails, error) {
	d.Country = strings.ToUpper(d.Country)
	d.Account = plainNumber(d.Account)
	d.Holder = strings.Join(strings.Fields(d.Holder), " ")
	switch {
	case !isCountry(d.Country):
		return d, ErrCountry.In("country")
	case !properAccount(d.Country, d.Account):
		return d, ErrBankAccount.In("account")
	}
	return d, nil
}

// ownName refuses an account whose holder is not the customer. Refusal:
// ErrHolder.
func ownName(
	ctx context.Context, tx *db.Tx, vault *crypt.Vault, customer ID, holder string,
) error {
	same, err := NameMatches(ctx, tx, vault, customer, holder)
	if err == nil && !same {
		return ErrHolder.In("holder")
	}
	return err
}
