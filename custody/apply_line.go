package custody

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strconv"

	"openlend/internal/crypt"
	"openlend/internal/db"
	"openlend/internal/id"
)

// ApplyLine applies one line of the bank's statement, once; lines may come in
// any order and again. One that reads otherwise than before, and an order that
// is not ours, open a break and book nothing: the bank's balance tells of both,
// and of their end when the bank takes them back.
func ApplyLine(
	ctx context.Context, tx *db.Tx, ids *id.Source, vault *crypt.Vault, l Line,
) error {
	known, err := keepLine(ctx, tx, ids, vault, &l)
	if err != nil || known {
		return err
	}
	if l.Kind == LineCredit {
		_, err := ApplyCreditLine(ctx, tx, ids, vault, l.credit())
		return err
	}
	err = ApplyBankResult(ctx, tx, ids, l.RequestNo, l.result())
	if !errors.Is(err, ErrNotFound) {
		return err
	}
	return openBreak(ctx, tx, ids, BreakUnknownOrder, l.Amount.Currency(),
		strconv.FormatInt(l.No, 10),
		"the bank shows a "+string(l.Kind)+" of "+l.Amount.String()+" for an order that is not ours")
}

func (l *Line) credit() CreditLine {
	return CreditLine{No: l.No, Amount: l.Amount, BookedAt: l.BookedAt, Reference: l.Reference,
		Payer: l.Payer}
}

// result is what a line of an order says of it.
func (l *Line) result() Result {
	if l.Kind == LineReturn {
		return Result{Outcome: OutcomeReturned, Amount: l.Amount, Line: l.Of, ReturnLine: l.No,
			Reason: l.Reference}
	}
	return Result{Outcome: OutcomeSettled, Amount: l.Amount, Line: l.No}
}

// keepLine stores a line that is new and says whether it was known.
func keepLine(
	ctx context.Context, tx *db.Tx, ids *id.Source, vault *crypt.Vault, l *Line,
) (known bool, err error) {
	currency := l.Amount.Currency()
	digest, err := l.digest(vault)
	if err != nil {
		return false, err
	}
	before, err := db.Value[[]byte](ctx, tx, selectLineDigest, string(currency), l.No)
	switch {
	case errors.Is(err, db.ErrNotFound):
		err := storeNewLine(ctx, tx, l, digest)
		if db.IsDuplicate(err) {
			err = db.Again("another reader was quicker")
		}
		return false, err
	case err != nil:
		return false, err
	case bytes.Equal(before, digest):
		return true, nil
	}
	return true, openBreak(ctx, tx, ids, BreakLineAltered, currency,
		strconv.FormatInt(l.No, 10), "the line reads otherwise than when it was read first")
}

// digest is a keyed hash over all that a line says: nobody can try out names
// and account numbers on it.
func (l *Line) digest(vault *crypt.Vault) ([]byte, error) {
	text, err := json.Marshal([]any{
		l.No, l.Kind, l.Amount, l.BookedAt.UnixMicro(), l.RequestNo, l.Of, l.Reference, l.Payer,
	})
	if err != nil {
		return nil, err
	}
	return vault.Index("custody_line.digest", string(text)), nil
}
