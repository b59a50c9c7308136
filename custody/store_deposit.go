package custody

import (
	"context"

	"openlend/internal/db"
	"openlend/money"
)

const depositColumns = `id, COALESCE(line_no, 0), COALESCE(payout_id, 0), amount, currency, state,
	COALESCE(customer_id, 0), doubt, account_id, booked_at, seen_at, done_by`

const (
	selectDeposit = `SELECT ` + depositColumns + ` FROM custody_deposit WHERE id = $1`

	selectDepositByLine = `SELECT ` + depositColumns + ` FROM custody_deposit
		WHERE currency = $1 AND line_no = $2`

	selectDeposits = `SELECT ` + depositColumns + ` FROM custody_deposit
		WHERE id < $1 AND ($2 = '' OR state = $2) ORDER BY id DESC LIMIT $3`

	selectDepositsOf = `SELECT ` + depositColumns + ` FROM custody_deposit
		WHERE customer_id = $4 AND id < $1 AND ($2 = '' OR state = $2)
		ORDER BY id DESC LIMIT $3`

	selectDepositsInTransit = `SELECT ` + depositColumns + ` FROM custody_deposit
		WHERE currency = $1 AND line_no > $2 ORDER BY line_no`

	selectPayer = `SELECT payer FROM custody_deposit WHERE id = $1`

	updateDeposit = `UPDATE custody_deposit SET state = $2, customer_id = $3, account_id = $4,
		done_by = $5 WHERE id = $1`
)

var insertDeposit = &db.Insert{Table: "custody_deposit", Columns: []string{
	"id", "currency", "amount", "line_no", "payout_id", "state", "customer_id", "doubt",
	"account_id", "payer", "booked_at", "seen_at", "done_by",
}}

func scanDeposit(s db.Scanner) (Deposit, error) {
	var d Deposit
	var minor, booked, seen int64
	var currency string
	err := s.Scan(&d.ID, &d.Line, &d.Payout, &minor, &currency, &d.State, &d.Customer, &d.Doubt,
		&d.Account, &booked, &seen, &d.DoneBy)
	d.Amount = money.New(minor, money.Currency(currency))
	d.BookedAt, d.SeenAt = instant(booked), instant(seen)
	return d, err
}

// storeNewDeposit stores a deposit with its sealed payer, nil for none.
func storeNewDeposit(ctx context.Context, tx *db.Tx, d *Deposit, payer []byte) error {
	return tx.InsertMany(ctx, insertDeposit, 1, func(_ int, r *db.Row) {
		r.Int(int64(d.ID))
		r.Text(string(d.Amount.Currency()))
		r.Int(d.Amount.Minor())
		r.IntOrNull(d.Line)
		r.IntOrNull(int64(d.Payout))
		r.Text(string(d.State))
		r.IntOrNull(int64(d.Customer))
		r.Text(string(d.Doubt))
		r.Int(int64(d.Account))
		r.Bytes(payer)
		r.Int(d.BookedAt.UnixMicro())
		r.Int(d.SeenAt.UnixMicro())
		r.Text(d.DoneBy)
	})
}

// storeDeposit stores what may change of a deposit.
func storeDeposit(ctx context.Context, tx *db.Tx, d *Deposit) error {
	_, err := tx.Exec(ctx, updateDeposit, int64(d.ID), string(d.State),
		orNull(int64(d.Customer)), int64(d.Account), d.DoneBy)
	return err
}

func loadDeposit(ctx context.Context, tx *db.Tx, n DepositID) (Deposit, error) {
	d, err := db.One(ctx, tx, scanDeposit, selectDeposit, int64(n))
	return d, notFound(err)
}

// loadPayer reads the sealed payer of a deposit, nil when none is kept.
func loadPayer(ctx context.Context, tx *db.Tx, n DepositID) ([]byte, error) {
	sealed, err := db.Value[[]byte](ctx, tx, selectPayer, int64(n))
	return sealed, notFound(err)
}
