package ledger

import (
	"context"

	"openlend/calendar"
	"openlend/internal/db"
)

const (
	// Back along each chain of transfers until one is not after the date. The
	// last row of every walk answers.
	selectBalancesOn = `WITH RECURSIVE walk (account, business_on, balance, previous) AS (
			SELECT b.account_id, '9999-99-99', b.posted, b.last_transfer_id
			FROM ledger_balance b WHERE b.account_id IN (:ids)
			UNION ALL
			SELECT w.account, t.business_on,
				CASE WHEN t.debit_id = w.account THEN t.debit_after ELSE t.credit_after END,
				CASE WHEN t.debit_id = w.account THEN t.debit_previous_id
				ELSE t.credit_previous_id END
			FROM walk w JOIN ledger_transfer t ON t.id = w.previous
			WHERE w.business_on > $2
		)
		SELECT account, balance FROM walk WHERE business_on <= $2`

	// Transfers after the sealed date $2, up to $3.
	selectTurnoverSince = `SELECT account, CAST(SUM(debit) AS BIGINT),
		CAST(SUM(credit) AS BIGINT) FROM (
			SELECT debit_id AS account, amount AS debit, 0 AS credit FROM ledger_transfer
			WHERE id >= (SELECT MIN(first_id) FROM ledger_batch WHERE business_on > $2)
				AND business_on > $2 AND business_on <= $3 AND debit_id IN (:ids)
			UNION ALL
			SELECT credit_id, 0, amount FROM ledger_transfer
			WHERE id >= (SELECT MIN(first_id) FROM ledger_batch WHERE business_on > $2)
				AND business_on > $2 AND business_on <= $3 AND credit_id IN (:ids)
		) AS side GROUP BY account`
)

// accountBalance is the posted balance of one account.
type accountBalance struct {
	account AccountID
	balance int64
}

// loadBalancesOn finds the balances of running accounts at the end of a date;
// an account that had not moved by then is left out.
func loadBalancesOn(
	ctx context.Context, tx *db.Tx, accounts []int64, on calendar.Date,
) ([]accountBalance, error) {
	scan := func(s db.Scanner) (b accountBalance, err error) {
		err = s.Scan((*int64)(&b.account), &b.balance)
		return b, err
	}
	return db.ManyByID(ctx, tx, scan, selectBalancesOn, accounts, on.String())
}

func loadTurnoverSince(
	ctx context.Context, tx *db.Tx, accounts []AccountID, sealed, on calendar.Date,
) (map[AccountID]turnover, error) {
	scan := func(s db.Scanner) (t turnover, err error) {
		err = s.Scan((*int64)(&t.account), &t.debits, &t.credits)
		return t, err
	}
	found, err := db.ManyByID(ctx, tx, scan, selectTurnoverSince, numbers(accounts),
		sealed.String(), on.String())
	sums := make(map[AccountID]turnover, len(found))
	for _, t := range found {
		sums[t.account] = t
	}
	return sums, err
}
