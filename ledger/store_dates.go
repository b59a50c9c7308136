package ledger

import (
	"context"

	"openlend/calendar"
	"openlend/internal/db"
)

const (
	updateBusinessDate = `UPDATE ledger_clock SET business_on = $1
		WHERE id = 1 AND business_on = $2`

	updateSealedThrough = `UPDATE ledger_clock SET sealed_through = $1 WHERE id = 1`

	selectDayBatches = `SELECT first_id, count FROM ledger_batch
		WHERE business_on = $1 AND first_id >= $2 ORDER BY first_id LIMIT $3`

	// A running account's transfers are a chain, see turnover.steps.
	selectTurnover = `SELECT account, CAST(SUM(debit) AS BIGINT), CAST(SUM(credit) AS BIGINT),
		CAST(SUM(step) AS BIGINT), MAX(id) FROM (
			SELECT debit_id AS account, amount AS debit, 0 AS credit, id,
				CASE WHEN debit_after IS NULL THEN 0
				ELSE id - COALESCE(debit_previous_id, 0) END AS step
			FROM ledger_transfer WHERE id >= $1 AND id < $2 AND business_on = $3
			UNION ALL
			SELECT credit_id, 0, amount, id,
				CASE WHEN credit_after IS NULL THEN 0
				ELSE id - COALESCE(credit_previous_id, 0) END
			FROM ledger_transfer WHERE id >= $1 AND id < $2 AND business_on = $3
		) AS side GROUP BY account`

	selectRollupsBefore = `SELECT a.id, a.kind, COALESCE(r.balance, 0),
		COALESCE(r.last_transfer_id, 0)
		FROM ledger_account a LEFT JOIN ledger_rollup r ON r.account_id = a.id
			AND r.business_on = (SELECT MAX(p.business_on) FROM ledger_rollup p
				WHERE p.account_id = a.id AND p.business_on < $2)
		WHERE a.id IN (:ids) ORDER BY a.id`
)

var insertRollup = &db.Insert{Table: "ledger_rollup", KeepExisting: true, Columns: []string{
	"account_id", "business_on", "debits", "credits", "balance", "last_transfer_id"}}

func storeBusinessDate(ctx context.Context, tx *db.Tx, from, to calendar.Date) error {
	n, err := tx.Exec(ctx, updateBusinessDate, to.String(), from.String())
	if err == nil && n != 1 {
		return errMoved("the business date")
	}
	return err
}

func storeSealedThrough(ctx context.Context, tx *db.Tx, date calendar.Date) error {
	_, err := tx.Exec(ctx, updateSealedThrough, date.String())
	return err
}

func loadDayBatches(
	ctx context.Context, tx *db.Tx, date calendar.Date, from TransferID, limit int64,
) ([]batchRow, error) {
	scan := func(s db.Scanner) (b batchRow, err error) {
		err = s.Scan((*int64)(&b.firstID), &b.count)
		return b, err
	}
	return db.Many(ctx, tx, scan, selectDayBatches, date.String(), int64(from), limit)
}

func loadTurnover(
	ctx context.Context, tx *db.Tx, date calendar.Date, first, end TransferID,
) ([]turnover, error) {
	scan := func(s db.Scanner) (t turnover, err error) {
		err = s.Scan((*int64)(&t.account), &t.debits, &t.credits, &t.steps, (*int64)(&t.maxID))
		return t, err
	}
	return db.Many(ctx, tx, scan, selectTurnover, int64(first), int64(end), date.String())
}

// loadRollupsBefore loads each account's latest roll-up before a date, zero
// when it has none.
func loadRollupsBefore(
	ctx context.Context, tx *db.Tx, date calendar.Date, accounts []AccountID,
) ([]rollup, error) {
	scan := func(s db.Scanner) (r rollup, err error) {
		var kind string
		err = s.Scan((*int64)(&r.account), &kind, &r.balance, (*int64)(&r.last))
		r.kind = internKind(kind)
		return r, err
	}
	return db.ManyByID(ctx, tx, scan, selectRollupsBefore, numbers(accounts), date.String())
}

func storeRollups(ctx context.Context, tx *db.Tx, date calendar.Date, rows []rollup) error {
	return tx.InsertMany(ctx, insertRollup, len(rows), func(i int, r *db.Row) {
		u := &rows[i]
		r.Int(int64(u.account))
		r.Text(date.String())
		r.Int(u.debits)
		r.Int(u.credits)
		r.Int(u.balance)
		r.Int(int64(u.last))
	})
}

// numbers are account ids as the database takes them.
func numbers(accounts []AccountID) []int64 {
	ids := make([]int64, len(accounts))
	for i, a := range accounts {
		ids[i] = int64(a)
	}
	return ids
}
