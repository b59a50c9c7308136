package custody

import (
	"context"
	"encoding/json"
	"errors"

	"openlend/customer"
	"openlend/internal/crypt"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/ledger"
)

// columnPayer is the column under which a payer is sealed for his deposit.
const columnPayer = "custody_deposit.payer"

// payer is what is kept, sealed, of who paid money in that lies in suspense.
type payer struct {
	Party

	Reference string `json:"reference"`
}

// ApplyCreditLine books money that came in, once for each line of the bank's
// statement: to the customer whom the reference names when the payer's name is
// his own, otherwise into suspense. Asked again, the same deposit is answered.
//
// Refusal: ErrAmount.
func ApplyCreditLine(
	ctx context.Context, tx *db.Tx, ids *id.Source, vault *crypt.Vault, line CreditLine,
) (Deposit, error) {
	if line.Amount.Sign() <= 0 || line.No <= 0 {
		return Deposit{}, ErrAmount
	}
	owner, doubt, err := ownerOf(ctx, tx, vault, line)
	if err != nil {
		return Deposit{}, err
	}
	return deposit(ctx, tx, ids, vault, line, owner, doubt)
}

// ownerOf finds whose money it is. Nobody is certain without both the reference
// and his own name.
func ownerOf(
	ctx context.Context, tx *db.Tx, vault *crypt.Vault, line CreditLine,
) (customer.ID, Doubt, error) {
	named, err := customer.FindByReference(ctx, tx, line.Reference)
	switch {
	case errors.Is(err, customer.ErrReference), errors.Is(err, customer.ErrNotFound):
		return 0, DoubtReference, nil
	case err != nil:
		return 0, "", err
	}
	own, err := customer.NameMatches(ctx, tx, vault, named, line.Payer.Name)
	switch {
	case errors.Is(err, crypt.ErrForgotten), errors.Is(err, crypt.ErrNoKey):
		return 0, DoubtPayer, nil // nobody can tell any more
	case err != nil:
		return 0, "", err
	case !own:
		return 0, DoubtPayer, nil
	}
	return named, "", nil
}

// deposit books a line with what is known of its owner.
func deposit(
	ctx context.Context, tx *db.Tx, ids *id.Source, vault *crypt.Vault, line CreditLine,
	owner customer.ID, doubt Doubt,
) (Deposit, error) {
	currency := line.Amount.Currency()
	before, err := db.One(ctx, tx, scanDeposit, selectDepositByLine, string(currency), line.No)
	if !errors.Is(err, db.ErrNotFound) {
		return before, err
	}
	bank, err := accountOf(ctx, tx, ids, currency)
	if err != nil {
		return Deposit{}, err
	}
	n, err := ids.Next()
	if err != nil {
		return Deposit{}, err
	}
	d := Deposit{ID: DepositID(n), Line: line.No, Amount: line.Amount, State: DepositCredited,
		Customer: owner, Doubt: doubt, BookedAt: line.BookedAt, SeenAt: tx.Now()}
	if err := d.place(ctx, tx, ids); err != nil {
		return Deposit{}, err
	}
	err = post(ctx, tx, ids, ledger.PostDeposit(n, bank.ID, d.Account, d.Amount))
	if errors.Is(err, ledger.ErrFrozen) {
		return Deposit{}, db.Again("the wallet was frozen meanwhile")
	}
	if err != nil {
		return Deposit{}, err
	}
	var sealed []byte
	if d.Doubt != "" {
		if sealed, err = sealPayer(ctx, vault, d.ID, line); err != nil {
			return Deposit{}, err
		}
	}
	if err := storeNewDeposit(ctx, tx, &d, sealed); err != nil {
		return Deposit{}, err
	}
	if d.State != DepositCredited {
		return d, nil
	}
	return d, d.announce(ctx, tx, ids)
}

// place finds the account that a deposit goes to: its owner's wallet, or
// suspense when there is a doubt or the wallet takes nothing.
func (d *Deposit) place(ctx context.Context, tx *db.Tx, ids *id.Source) error {
	if d.Doubt == "" {
		wallet, err := customer.WalletOf(ctx, tx, ids, d.Customer, d.Amount.Currency())
		if err != nil {
			return err
		}
		if wallet.State == ledger.Open {
			d.Account = wallet.ID
			return nil
		}
		d.Doubt = DoubtWallet
	}
	suspense, err := suspenseOf(ctx, tx, ids, d.Amount.Currency())
	d.Account, d.State = suspense.ID, DepositSuspense
	return err
}

func (d *Deposit) announce(ctx context.Context, tx *db.Tx, ids *id.Source) error {
	return announce(ctx, tx, ids, TopicDepositCredited, d.ID.String(),
		depositPayload{d.ID.String(), d.Customer.String()})
}

// sealPayer keeps who paid under a key of the deposit's own: he may be no
// customer.
func sealPayer(
	ctx context.Context, vault *crypt.Vault, d DepositID, line CreditLine,
) ([]byte, error) {
	text, err := json.Marshal(payer{line.Payer, line.Reference})
	if err != nil {
		return nil, err
	}
	return vault.Seal(ctx, int64(d), columnPayer, text)
}
