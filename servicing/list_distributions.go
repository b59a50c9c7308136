package servicing

import (
	"context"

	"openlend/customer"
	"openlend/internal/db"
	"openlend/ledger"
	"openlend/loan"
	"openlend/note"
)

// GetDistribution reads a distribution. Refusal: ErrDistributionNotFound.
func GetDistribution(ctx context.Context, tx *db.Tx, id DistributionID) (Distribution, error) {
	d, err := loadDistribution(ctx, tx, id)
	if err != nil {
		return Distribution{}, err
	}
	return *d, nil
}

// ListDistributions lists the distributions of a loan, newest first. Refusal:
// ErrLimit.
func ListDistributions(
	ctx context.Context, tx *db.Tx, id LoanID, after DistributionID, limit int,
) ([]Distribution, error) {
	last, limit, err := page(int64(after), limit)
	if err != nil {
		return nil, err
	}
	found, err := db.Many(ctx, tx, scanDistribution, selectDistributionPage,
		int64(id), last, limit)
	all := make([]Distribution, len(found))
	for i, d := range found {
		all[i] = *d
	}
	return all, err
}

// Share is a note's part of a distribution, below zero when it is taken back.
type Share struct {
	Distribution DistributionID
	Leg          int64
	Note         note.ID
	Holder       customer.ID
	Wallet       ledger.AccountID
	Parts        loan.Parts
	Fee          int64 // kept by the platform, of the interest
	Amount       int64 // the parts less the fee
}

// ListShares lists the shares of a distribution by leg and note; those of one
// leg are one wallet transfer. leg and after are those of the last row of the
// page before, -1 and 0 at first. Refusal: ErrLimit.
func ListShares(
	ctx context.Context, tx *db.Tx, of DistributionID, leg int64, after note.ID, limit int,
) ([]Share, error) {
	_, limit, err := page(1, limit)
	if err != nil {
		return nil, err
	}
	found, err := db.Many(ctx, tx, scanShare, selectSharePage,
		int64(of), leg, int64(after), limit)
	shares := make([]Share, len(found))
	for i := range found {
		s := &found[i]
		shares[i] = Share{of, s.leg, s.note, s.holder, s.wallet, s.parts, s.fee, s.amount}
	}
	return shares, err
}

func loadDistribution(
	ctx context.Context, tx *db.Tx, id DistributionID,
) (*Distribution, error) {
	found, err := db.ManyByID(ctx, tx, scanDistribution, selectDistributions, []int64{int64(id)})
	if err == nil && len(found) == 0 {
		return nil, ErrDistributionNotFound
	}
	if err != nil {
		return nil, err
	}
	return found[0], nil
}
