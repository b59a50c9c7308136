package note

import (
	"context"
	"errors"

	"openlend/calendar"
	"openlend/internal/db"
	"openlend/ledger"
	"openlend/loan"
)

// Get gets a note. Refusal: ErrNotFound.
func Get(ctx context.Context, tx *db.Tx, id ID) (Note, error) {
	n, err := db.One(ctx, tx, scanNote, selectNote, int64(id))
	if errors.Is(err, db.ErrNotFound) {
		return Note{}, ErrNotFound
	}
	return n, err
}

// OfLoan lists the notes of a loan in their order, with their holders of today.
func OfLoan(ctx context.Context, tx *db.Tx, loan LoanID) ([]Note, error) {
	all, err := OfLoans(ctx, tx, loan)
	return all[loan], err
}

// OfLoans is OfLoan for many loans at once.
func OfLoans(ctx context.Context, tx *db.Tx, loans ...LoanID) (map[LoanID][]Note, error) {
	all, err := db.ManyByID(ctx, tx, scanNote, selectNotesOfLoans, numbers(loans))
	if err != nil {
		return nil, err
	}
	of := make(map[LoanID][]Note, len(loans))
	for begin, i := 0, 0; i < len(all); i++ {
		if i+1 == len(all) || all[i+1].Loan != all[i].Loan {
			of[all[i].Loan] = all[begin : i+1 : i+1]
			begin = i + 1
		}
	}
	return of, nil
}

// HoldersOn lists the notes of a loan with the holders in force at the end of a
// date: who owns a payment with that record date, whoever owns the note now. A
// note that had no holder yet has its first one.
func HoldersOn(
	ctx context.Context, tx *db.Tx, loan LoanID, on calendar.Date,
) ([]Note, error) {
	notes, err := OfLoan(ctx, tx, loan)
	if err != nil {
		return nil, err
	}
	return notes, AsHeldOn(ctx, tx, notes, on)
}

// AsHeldOn gives notes of one loan the holders in force at the end of a date.
func AsHeldOn(ctx context.Context, tx *db.Tx, notes []Note, on calendar.Date) error {
	moved := false
	for i := range notes {
		moved = moved || notes[i].SinceOn > on && notes[i].SinceOn != notes[i].IssuedOn
	}
	if !moved {
		return nil // nobody has bought one since, which is nearly always so
	}
	held, err := db.Many(ctx, tx, scanHolding, selectHoldings, int64(notes[0].Loan))
	if err != nil {
		return err
	}
	at := make(map[ID]int, len(notes))
	for i := range notes {
		at[notes[i].ID] = i
	}
	seen := make(map[ID]bool, len(notes))
	for _, h := range held { // the oldest first
		if i, known := at[h.note]; known && (h.fromOn <= on || !seen[h.note]) {
			notes[i].Holder, notes[i].Wallet, notes[i].SinceOn = h.holder, h.wallet, h.fromOn
			seen[h.note] = true
		}
	}
	return nil
}

// Wallets lists the wallets that may be paid for notes of these loans: those of
// all holders the notes have ever had, each once.
func Wallets(ctx context.Context, tx *db.Tx, loans ...LoanID) ([]ledger.AccountID, error) {
	return db.ManyByID(ctx, tx, func(s db.Scanner) (w ledger.AccountID, err error) {
		return w, s.Scan((*int64)(&w))
	}, selectWallets, numbers(loans))
}

// Paid is what a note has been paid since it was issued, as it is now.
type Paid struct {
	Parts loan.Parts
	Fee   int64 // kept by the platform, of the interest
}

// Pay gives notes their new cumulative payments, in the order of the notes, and
// with them what is outstanding and their states. writtenOff says for each
// whether its loan is charged off. The caller holds the lock of the loans, and
// the notes as they are; they are changed. Refusal: ErrPaid.
func Pay(ctx context.Context, tx *db.Tx, notes []*Note, paid []Paid, writtenOff []bool) error {
	for i, n := range notes {
		for _, minor := range paid[i].Parts {
			if minor < 0 {
				return ErrPaid
			}
		}
		if paid[i].Fee < 0 || paid[i].Parts[loan.PrincipalPart] > n.Face {
			return ErrPaid
		}
		n.pay(paid[i].Parts, paid[i].Fee, writtenOff[i])
	}
	return updateBalances(ctx, tx, notes)
}

func numbers(loans []LoanID) []int64 {
	ids := make([]int64, len(loans))
	for i, l := range loans {
		ids[i] = int64(l)
	}
	return ids
}
