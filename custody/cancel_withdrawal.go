package custody

import (
	"context"

	"openlend/access"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/internal/saga"
	"openlend/ledger"
)

// CancelWithdrawal takes a withdrawal back before the bank is told of it.
//
// Refusals: ErrNotFound (also another's, and what is no withdrawal),
// access.ErrForbidden, ErrInvalidState.
func CancelWithdrawal(
	ctx context.Context, tx *db.Tx, ids *id.Source, actor access.Actor, payout PayoutID,
) (Payout, error) {
	p, err := loadPayout(ctx, tx, payout)
	if err != nil {
		return Payout{}, err
	}
	if err := requireSelf(actor, p.Customer); err != nil {
		return Payout{}, err
	}
	if p.Purpose != PurposeWithdrawal {
		return Payout{}, ErrNotFound
	}
	if err := ledger.LockAccounts(ctx, tx, p.Home); err != nil {
		return Payout{}, err
	}
	if p, err = lockPayout(ctx, tx, payout); err != nil {
		return Payout{}, err
	}
	if !p.State.may(PayoutCancelled) {
		return Payout{}, ErrInvalidState.With("the withdrawal is %s", p.State)
	}
	err = post(ctx, tx, ids, ledger.PostWithdrawalCancelled(int64(p.ID)))
	if err != nil {
		return Payout{}, err
	}
	p.State, p.EndedAt = PayoutCancelled, tx.Now()
	if err := storePayout(ctx, tx, &p); err != nil {
		return Payout{}, err
	}
	return p, saga.Wake(ctx, tx, payoutSaga, int64(p.ID))
}

// lockPayout locks a payout and reads it as it is then.
func lockPayout(ctx context.Context, tx *db.Tx, n PayoutID) (Payout, error) {
	if err := tx.Lock(ctx, payoutLock, int64(n)); err != nil {
		return Payout{}, err
	}
	return loadPayout(ctx, tx, n)
}
