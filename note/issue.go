package note

import (
	"context"

	"openlend/calendar"
	"openlend/customer"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/ledger"
	"openlend/money"
)

// NewNote is a share that somebody has paid for.
type NewNote struct {
	Bid    int64
	Holder customer.ID
	Wallet ledger.AccountID
	Face   int64 // minor units
}

// Issue issues the notes of a loan that was disbursed on a day, one for each
// share in their order. A loan's notes are issued once. Refusals: ErrShares,
// ErrIssued, money.ErrOverflow.
func Issue(
	ctx context.Context, tx *db.Tx, ids *id.Source, loan LoanID, currency money.Currency,
	on calendar.Date, shares []NewNote,
) ([]Note, error) {
	if err := checkShares(shares); err != nil {
		return nil, err
	}
	notes := make([]Note, len(shares))
	for i, s := range shares {
		next, err := ids.Next()
		if err != nil {
			return nil, err
		}
		notes[i] = Note{
			ID: ID(next), Loan: loan, Nr: int64(i) + 1, Bid: s.Bid, Holder: s.Holder,
			Wallet: s.Wallet, SinceOn: on, Currency: currency, Face: s.Face, IssuedOn: on,
			State: Active, Outstanding: s.Face,
		}
	}
	err := insertNotes(ctx, tx, notes)
	if db.IsDuplicate(err) {
		return nil, ErrIssued
	}
	return notes, err
}

func checkShares(shares []NewNote) error {
	var whole int64
	for _, s := range shares {
		if s.Face <= 0 || s.Wallet == 0 {
			return ErrShares
		}
		sum, err := money.AddMinor(whole, s.Face)
		if err != nil {
			return err
		}
		whole = sum
	}
	if whole == 0 {
		return ErrShares
	}
	return nil
}
