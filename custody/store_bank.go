package custody

import (
	"context"
	"time"

	"openlend/calendar"
	"openlend/internal/db"
	"openlend/ledger"
	"openlend/money"
)

const accountColumns = `id, currency, minimum, cursor_line, complete_at, balance, balance_line,
	asked_at`

const (
	selectAccount = `SELECT ` + accountColumns + ` FROM custody_account WHERE currency = $1`

	selectAccounts = `SELECT ` + accountColumns + ` FROM custody_account ORDER BY currency`

	updateMinimum = `UPDATE custody_account SET minimum = $2 WHERE id = $1 AND minimum <> $2`

	updateAccount = `UPDATE custody_account SET cursor_line = $2, complete_at = $3, balance = $4,
		balance_line = $5, asked_at = $6 WHERE id = $1`

	selectLineDigest = `SELECT digest FROM custody_line WHERE currency = $1 AND line_no = $2`

	selectDigests = `SELECT line_no, digest FROM custody_line
		WHERE currency = $1 AND line_no BETWEEN $2 AND $3`

	selectLinesAfter = `SELECT line_no FROM custody_line WHERE currency = $1 AND line_no > $2
		ORDER BY line_no LIMIT $3`

	selectPosition = `SELECT id, currency, business_on, books, in_transit, bank, bank_line,
		difference, asked_at, recorded_at FROM custody_position WHERE currency = $1
		ORDER BY id DESC LIMIT 1`
)

var (
	insertAccount = &db.Insert{Table: "custody_account", KeepExisting: true, Columns: []string{
		"id", "currency", "minimum", "cursor_line", "complete_at", "balance", "balance_line",
		"asked_at",
	}}
	insertLine = &db.Insert{Table: "custody_line", Columns: []string{
		"currency", "line_no", "kind", "amount", "request_no", "booked_at", "read_at", "digest",
	}}
	insertPosition = &db.Insert{Table: "custody_position", Columns: []string{
		"id", "currency", "business_on", "books", "in_transit", "bank", "bank_line", "difference",
		"asked_at", "recorded_at",
	}}
)

func scanAccount(s db.Scanner) (Account, error) {
	var a Account
	var complete, asked int64
	err := s.Scan(&a.ID, &a.Currency, &a.Minimum, &a.Cursor, &complete, &a.Balance,
		&a.BalanceLine, &asked)
	a.CompleteAt, a.AskedAt = instant(complete), instant(asked)
	return a, err
}

func loadAccount(ctx context.Context, tx *db.Tx, c money.Currency) (Account, error) {
	return db.One(ctx, tx, scanAccount, selectAccount, string(c))
}

func storeNewAccount(ctx context.Context, tx *db.Tx, a *Account) error {
	return tx.InsertMany(ctx, insertAccount, 1, func(_ int, r *db.Row) {
		r.Int(int64(a.ID))
		r.Text(string(a.Currency))
		r.Int(a.Minimum)
		for range 5 {
			r.Int(0)
		}
	})
}

func storeMinimum(ctx context.Context, tx *db.Tx, a ledger.AccountID, minimum int64) error {
	_, err := tx.Exec(ctx, updateMinimum, int64(a), minimum)
	return err
}

func storeAccount(ctx context.Context, tx *db.Tx, a *Account) error {
	_, err := tx.Exec(ctx, updateAccount, int64(a.ID), a.Cursor, micro(a.CompleteAt), a.Balance,
		a.BalanceLine, micro(a.AskedAt))
	return err
}

func micro(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// loadDigests reads the digests of the known lines among a range of numbers.
func loadDigests(
	ctx context.Context, tx *db.Tx, c money.Currency, first, last int64,
) (map[int64][]byte, error) {
	known := map[int64][]byte{}
	err := db.Each(ctx, tx, func(s db.Scanner) error {
		var no int64
		var digest []byte
		err := s.Scan(&no, &digest)
		known[no] = digest
		return err
	}, selectDigests, string(c), first, last)
	return known, err
}

func storeNewLine(ctx context.Context, tx *db.Tx, l *Line, digest []byte) error {
	return tx.InsertMany(ctx, insertLine, 1, func(_ int, r *db.Row) {
		r.Text(string(l.Amount.Currency()))
		r.Int(l.No)
		r.Text(string(l.Kind))
		r.Int(l.Amount.Minor())
		r.Text(l.RequestNo)
		r.Int(l.BookedAt.UnixMicro())
		r.Int(tx.Now().UnixMicro())
		r.Bytes(digest)
	})
}

func scanPosition(s db.Scanner) (Position, error) {
	var p Position
	var on string
	var asked, recorded int64
	err := s.Scan(&p.ID, &p.Currency, &on, &p.Books, &p.InTransit, &p.Bank, &p.BankLine,
		&p.Difference, &asked, &recorded)
	if err != nil {
		return Position{}, err
	}
	p.AskedAt, p.RecordedAt = instant(asked), instant(recorded)
	p.BusinessOn, err = calendar.ParseDate(on)
	return p, err
}

func storeNewPosition(ctx context.Context, tx *db.Tx, p *Position) error {
	return tx.InsertMany(ctx, insertPosition, 1, func(_ int, r *db.Row) {
		r.Int(p.ID)
		r.Text(string(p.Currency))
		r.Text(p.BusinessOn.String())
		r.Int(p.Books)
		r.Int(p.InTransit)
		r.Int(p.Bank)
		r.Int(p.BankLine)
		r.Int(p.Difference)
		r.Int(micro(p.AskedAt))
		r.Int(micro(p.RecordedAt))
	})
}
