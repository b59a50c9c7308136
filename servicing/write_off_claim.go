package servicing

import (
	"context"

	"openlend/access"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/ledger"
	"openlend/money"
)

// WriteOffClaim gives up what a customer still owes of a claim: the platform
// bears it. Refusals: access.ErrForbidden, ErrClaimNotFound, ErrClaimState.
func WriteOffClaim(
	ctx context.Context, tx *db.Tx, ids *id.Source, actor access.Actor, of ClaimID,
) (Claim, error) {
	if err := actor.Require(access.LoanApprove); err != nil {
		return Claim{}, err
	}
	c, err := loadClaim(ctx, tx, of) // only to learn which accounts to lock
	if err != nil {
		return Claim{}, err
	}
	accounts, err := ledger.EnsureAccounts(ctx, tx, ids,
		ledger.NewAccount{Kind: ledger.Expense, Currency: c.Currency})
	if err != nil {
		return Claim{}, err
	}
	if err := ledger.LockAccounts(ctx, tx, accounts[0].ID, c.Receivable); err != nil {
		return Claim{}, err
	}
	if err := tx.Lock(ctx, lockClaim, int64(of)); err != nil {
		return Claim{}, err
	}
	if c, err = loadClaim(ctx, tx, of); err != nil {
		return Claim{}, err
	}
	if c.State != ClaimOpen {
		return Claim{}, ErrClaimState.With("the claim is %s", c.State)
	}
	booked, err := ledger.Post(ctx, tx, ids, ledger.PostReceivableWrittenOff(int64(of),
		accounts[0].ID, c.Receivable, money.New(c.Amount-c.Settled, c.Currency)))
	if err == nil {
		err = refusedOf(booked)
	}
	if err != nil {
		return Claim{}, err
	}
	c.State = ClaimWrittenOff
	return c, updateClaims(ctx, tx, []*Claim{&c})
}

// loadClaim loads a claim. Refusal: ErrClaimNotFound.
func loadClaim(ctx context.Context, tx *db.Tx, id ClaimID) (Claim, error) {
	found, err := db.ManyByID(ctx, tx, scanClaim, selectClaims, []int64{int64(id)})
	if err == nil && len(found) == 0 {
		return Claim{}, ErrClaimNotFound
	}
	if err != nil {
		return Claim{}, err
	}
	return found[0], nil
}
