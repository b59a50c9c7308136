package note

import (
	"context"
	"slices"

	"openlend/calendar"
	"openlend/customer"
	"openlend/internal/db"
	"openlend/ledger"
	"openlend/loan"
	"openlend/money"
)

const (
	selectColumns = `SELECT n.id, n.loan_id, n.nr, n.bid_id, n.holder_id, n.wallet_id, n.since_on,
		n.currency, n.face, n.issued_on, b.state, b.outstanding, b.principal, b.interest,
		b.penalty, b.late_fee, b.fee
		FROM note n JOIN note_balance b ON b.note_id = n.id `

	selectNote = selectColumns + `WHERE n.id = $1`

	selectNotesOfLoans = selectColumns + `WHERE n.loan_id IN (:ids) ORDER BY n.loan_id, n.nr`

	selectHoldingPage = selectColumns + `WHERE n.holder_id = $1 AND n.id < $3
		AND ($2 = '' OR b.state = $2) ORDER BY n.id DESC LIMIT $4`

	selectHoldings = `SELECT note_id, from_on, holder_id, wallet_id FROM note_holding
		WHERE loan_id = $1 ORDER BY note_id, from_on`

	selectWallets = `SELECT DISTINCT wallet_id FROM note_holding WHERE loan_id IN (:ids)
		ORDER BY wallet_id`
)

var (
	insertNote = &db.Insert{Table: "note", Columns: []string{
		"id", "loan_id", "nr", "bid_id", "holder_id", "wallet_id", "since_on", "currency",
		"face", "issued_on", "issued_at"}}

	insertBalance = &db.Insert{Table: "note_balance", Columns: []string{
		"note_id", "state", "outstanding", "principal", "interest", "penalty", "late_fee", "fee"}}

	insertHolding = &db.Insert{Table: "note_holding", Columns: []string{
		"loan_id", "note_id", "from_on", "holder_id", "wallet_id"}}

	updateBalance = &db.Update{Table: "note_balance", Keys: []string{"note_id"}, Set: []string{
		"state", "outstanding", "principal", "interest", "penalty", "late_fee", "fee"},
		Whole: true}
)

func scanNote(s db.Scanner) (n Note, err error) {
	var since, issued, currency, state string
	err = s.Scan((*int64)(&n.ID), (*int64)(&n.Loan), &n.Nr, &n.Bid, (*int64)(&n.Holder),
		(*int64)(&n.Wallet), &since, &currency, &n.Face, &issued, &state, &n.Outstanding,
		&n.Paid[loan.PrincipalPart], &n.Paid[loan.InterestPart], &n.Paid[loan.PenaltyPart],
		&n.Paid[loan.LateFeePart], &n.Fee)
	if err != nil {
		return n, err
	}
	n.Currency, n.State = money.Currency(currency), State(state)
	if n.SinceOn, err = calendar.ParseDate(since); err != nil {
		return n, err
	}
	n.IssuedOn, err = calendar.ParseDate(issued)
	return n, err
}

// holding is a time in which somebody owned a note, which lasts until the next
// one begins.
type holding struct {
	note   ID
	fromOn calendar.Date
	holder customer.ID
	wallet ledger.AccountID
}

func scanHolding(s db.Scanner) (h holding, err error) {
	var from string
	err = s.Scan((*int64)(&h.note), &from, (*int64)(&h.holder), (*int64)(&h.wallet))
	if err != nil {
		return h, err
	}
	h.fromOn, err = calendar.ParseDate(from)
	return h, err
}

func insertNotes(ctx context.Context, tx *db.Tx, notes []Note) error {
	err := tx.InsertMany(ctx, insertNote, len(notes), func(i int, r *db.Row) {
		n := &notes[i]
		r.Int(int64(n.ID))
		r.Int(int64(n.Loan))
		r.Int(n.Nr)
		r.Int(n.Bid)
		r.Int(int64(n.Holder))
		r.Int(int64(n.Wallet))
		r.Text(n.SinceOn.String())
		r.Text(string(n.Currency))
		r.Int(n.Face)
		r.Text(n.IssuedOn.String())
		r.Int(tx.Now().UnixMicro())
	})
	if err != nil {
		return err
	}
	err = tx.InsertMany(ctx, insertBalance, len(notes), func(i int, r *db.Row) {
		notes[i].writeBalance(r)
	})
	if err != nil {
		return err
	}
	return tx.InsertMany(ctx, insertHolding, len(notes), func(i int, r *db.Row) {
		n := &notes[i]
		r.Int(int64(n.Loan))
		r.Int(int64(n.ID))
		r.Text(n.SinceOn.String())
		r.Int(int64(n.Holder))
		r.Int(int64(n.Wallet))
	})
}

// updateBalances writes what notes have been paid; their order is changed.
func updateBalances(ctx context.Context, tx *db.Tx, notes []*Note) error {
	byID := slices.SortedFunc(slices.Values(notes), func(a, b *Note) int {
		return int(a.ID - b.ID)
	})
	_, err := tx.UpdateMany(ctx, updateBalance, len(byID), func(i int, r *db.Row) {
		byID[i].writeBalance(r)
	})
	return err
}

func (n *Note) writeBalance(r *db.Row) {
	r.Int(int64(n.ID))
	r.Text(string(n.State))
	r.Int(n.Outstanding)
	r.Int(n.Paid[loan.PrincipalPart])
	r.Int(n.Paid[loan.InterestPart])
	r.Int(n.Paid[loan.PenaltyPart])
	r.Int(n.Paid[loan.LateFeePart])
	r.Int(n.Fee)
}
