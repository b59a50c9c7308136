package custody

import (
	"context"
	"errors"

	"openlend/internal/db"
	"openlend/internal/id"
)

// StartPayout has money that the caller has moved to the customer's
// payout_transit account in this transaction paid to his own verified bank
// account. There is one payout of a purpose for a subject, for ever; asked
// again, the same is answered. It locks no account.
//
// Refusals: ErrPurpose, ErrAmount, ErrDifferent, customer.ErrNoBankAccount.
func StartPayout(
	ctx context.Context, tx *db.Tx, ids *id.Source, in NewPayout,
) (Payout, error) {
	if in.Purpose.holds() || in.Purpose != PurposeDisbursement && in.Purpose != PurposeRefund {
		return Payout{}, ErrPurpose
	}
	if in.Amount.Sign() <= 0 {
		return Payout{}, ErrAmount
	}
	before, err := loadPayoutFor(ctx, tx, in.Purpose, in.Subject)
	switch {
	case err == nil && (before.Customer != in.Customer || before.Amount != in.Amount):
		return Payout{}, ErrDifferent
	case !errors.Is(err, ErrNotFound):
		return before, err
	}
	p := Payout{Purpose: in.Purpose, Subject: in.Subject, Customer: in.Customer,
		Amount: in.Amount}
	if err := p.prepare(ctx, tx, ids); err != nil {
		return Payout{}, err
	}
	if _, err := accountOf(ctx, tx, ids, in.Amount.Currency()); err != nil {
		return Payout{}, err
	}
	return p, p.begin(ctx, tx, ids)
}

// PayoutFor reads the (newest) payout of a purpose for a subject. Refusal:
// ErrNotFound.
func PayoutFor(
	ctx context.Context, tx *db.Tx, purpose Purpose, subject int64,
) (Payout, error) {
	return loadPayoutFor(ctx, tx, purpose, subject)
}
