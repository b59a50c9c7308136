package custody

import (
	"context"
	"encoding/json"

	"openlend/access"
	"openlend/internal/crypt"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/ledger"
)

// ReturnDeposit sends money in suspense back to the account that it came from.
//
// Refusals: access.ErrForbidden, ErrNotFound, ErrInvalidState, ErrNoPayer when
// the bank has not told where it came from.
func ReturnDeposit(
	ctx context.Context, tx *db.Tx, ids *id.Source, vault *crypt.Vault, actor access.Actor,
	n DepositID,
) (Deposit, error) {
	if err := actor.Require(access.DepositIdentify); err != nil {
		return Deposit{}, err
	}
	d, err := loadDeposit(ctx, tx, n)
	if err != nil {
		return Deposit{}, err
	}
	if d, err = lockForStep(ctx, tx, n, DepositReturning, d.Account); err != nil {
		return Deposit{}, err
	}
	from, err := openPayer(ctx, tx, vault, n)
	if err != nil {
		return Deposit{}, err
	}
	if from.Account == "" {
		return Deposit{}, ErrNoPayer
	}
	p := Payout{Purpose: PurposeDepositReturn, Subject: int64(n), Amount: d.Amount,
		Home: d.Account}
	if err := p.number(ctx, tx, ids); err != nil {
		return Deposit{}, err
	}
	err = post(ctx, tx, ids, ledger.PostWithdrawalHold(int64(p.ID), p.Home, p.Amount))
	if err != nil {
		return Deposit{}, err
	}
	d.State, d.DoneBy = DepositReturning, actor.Principal()
	if err := storeDeposit(ctx, tx, &d); err != nil {
		return Deposit{}, err
	}
	return d, p.begin(ctx, tx, ids)
}

// openPayer opens who paid a deposit in; zero when nothing is kept of him.
func openPayer(
	ctx context.Context, tx *db.Tx, vault *crypt.Vault, n DepositID,
) (payer, error) {
	var p payer
	sealed, err := loadPayer(ctx, tx, n)
	if err != nil || len(sealed) == 0 {
		return p, err
	}
	text, err := vault.Open(ctx, int64(n), columnPayer, sealed)
	if err != nil {
		return p, err
	}
	return p, json.Unmarshal(text, &p)
}
