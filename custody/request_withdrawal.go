package custody

import (
	"context"
	"errors"

	"openlend/access"
	"openlend/customer"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/internal/saga"
	"openlend/ledger"
)

// RequestWithdrawal holds money in a customer's wallet and has it paid to his
// own verified bank account. Less than the account's minimum is paid out only
// when it is all there is.
//
// Refusals: access.ErrForbidden, ErrNotFound (another's), ErrAmount, ErrTooLow,
// customer.ErrFrozen, ErrUnverified, ErrNoBankAccount, ledger.ErrInsufficient,
// ledger.ErrFrozen.
func RequestWithdrawal(
	ctx context.Context, tx *db.Tx, ids *id.Source, actor access.Actor, in NewWithdrawal,
) (Payout, error) {
	if err := requireSelf(actor, in.Customer); err != nil {
		return Payout{}, err
	}
	if in.Amount.Sign() <= 0 {
		return Payout{}, ErrAmount
	}
	who, err := customer.Get(ctx, tx, in.Customer)
	if err == nil {
		err = who.MayWithdraw()
	}
	if err != nil {
		return Payout{}, err
	}
	p := Payout{Purpose: PurposeWithdrawal, Customer: in.Customer, Amount: in.Amount}
	if err := p.prepare(ctx, tx, ids); err != nil {
		return Payout{}, err
	}
	p.Subject = int64(p.ID)
	bank, err := accountOf(ctx, tx, ids, in.Amount.Currency())
	if err != nil {
		return Payout{}, err
	}
	wallet, err := ledger.GetAccounts(ctx, tx, p.Home)
	if err != nil {
		return Payout{}, err
	}
	if in.Amount.Minor() < bank.Minimum && in.Amount.Minor() != wallet[0].Available() {
		return Payout{}, ErrTooLow.With("at least %d minor units are paid out", bank.Minimum)
	}
	err = post(ctx, tx, ids, ledger.PostWithdrawalHold(int64(p.ID), p.Home, p.Amount))
	if err != nil {
		return Payout{}, err
	}
	return p, p.begin(ctx, tx, ids)
}

// requireSelf lets a customer act for himself; what is another's does not exist.
func requireSelf(actor access.Actor, whose customer.ID) error {
	err := actor.RequireSelf(int64(whose), access.CustomerAct)
	if errors.Is(err, access.ErrNotYours) {
		return ErrNotFound
	}
	return err
}

// prepare gives a payout to a customer its number, his bank account and the
// accounts that its money moves between. Refusal: customer.ErrNoBankAccount.
func (p *Payout) prepare(ctx context.Context, tx *db.Tx, ids *id.Source) error {
	currency := p.Amount.Currency()
	to, err := customer.PayoutAccount(ctx, tx, p.Customer, currency)
	if err != nil {
		return err
	}
	wallet, err := customer.WalletOf(ctx, tx, ids, p.Customer, currency)
	if err != nil {
		return err
	}
	p.BankAccount, p.Home = to.ID, wallet.ID
	return p.number(ctx, tx, ids)
}

// number gives a payout its id, its request number and its transit account.
func (p *Payout) number(ctx context.Context, tx *db.Tx, ids *id.Source) error {
	transit, err := ledger.EnsureAccounts(ctx, tx, ids, ledger.NewAccount{
		Kind: ledger.PayoutTransit, Currency: p.Amount.Currency(), OwnerID: int64(p.Customer)})
	if err != nil {
		return err
	}
	n, err := ids.Next()
	if err != nil {
		return err
	}
	p.ID, p.Transit = PayoutID(n), transit[0].ID
	p.RequestNo = p.ID.requestNo()
	return nil
}

// begin stores a payout and starts the saga that brings it to its end.
func (p *Payout) begin(ctx context.Context, tx *db.Tx, ids *id.Source) error {
	p.State, p.CreatedAt = PayoutIntent, tx.Now()
	if err := storeNewPayout(ctx, tx, p); err != nil {
		return err
	}
	tx.Own(payoutLock, int64(p.ID))
	_, err := saga.Start(ctx, tx, ids, payoutSaga, int64(p.ID), "")
	return err
}
