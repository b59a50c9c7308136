package ledger

import (
	"context"

	"openlend/internal/db"
)

const (
	transferColumns = `t.id, t.cause_id, t.cause_type, t.leg, t.entry_type, t.debit_id,
		t.credit_id, t.amount, t.currency, t.booked_at, t.business_on, t.debit_after,
		t.debit_previous_id, t.credit_after, t.credit_previous_id`

	// The chain of account $1 back from transfer $2, $3 rows.
	selectChain = `WITH RECURSIVE t (n, id, cause_id, cause_type, leg, entry_type, debit_id,
			credit_id, amount, currency, booked_at, business_on, debit_after,
			debit_previous_id, credit_after, credit_previous_id) AS (
			SELECT CAST(1 AS BIGINT), ` + transferColumns + `
			FROM ledger_transfer t WHERE t.id = $2
			UNION ALL
			SELECT c.n + 1, ` + transferColumns + `
			FROM t c JOIN ledger_transfer t
				ON t.id = CASE WHEN c.debit_id = $1 THEN c.debit_previous_id
					ELSE c.credit_previous_id END
			WHERE c.n < $3
		)
		SELECT ` + transferColumns + ` FROM t ORDER BY n`

	selectLeaves = `SELECT l.leaf_no, b.count
		FROM ledger_leaf l JOIN ledger_batch b ON b.first_id = l.batch_id
		WHERE l.leaf_no >= $1 AND l.leaf_no < $2 ORDER BY l.leaf_no LIMIT $3`

	selectLeavesOf = `SELECT COALESCE(MIN(l.leaf_no), 0), COALESCE(MAX(l.leaf_no) + 1, 0)
		FROM ledger_batch b JOIN ledger_leaf l ON l.batch_id = b.first_id
		WHERE b.business_on >= $1 AND b.business_on <= $2`

	// Account $1 in the leaves from $2, there after transfer $3, to before $4.
	selectLogged = `SELECT l.leaf_no, ` + transferColumns + `
		FROM ledger_leaf l JOIN ledger_batch b ON b.first_id = l.batch_id
		JOIN ledger_transfer t ON t.id >= b.first_id AND t.id < b.first_id + b.count
		WHERE l.leaf_no >= $2 AND l.leaf_no < $4 AND (l.leaf_no > $2 OR t.id > $3)
			AND (t.debit_id = $1 OR t.credit_id = $1)
			AND t.business_on >= $5 AND t.business_on <= $6
		ORDER BY l.leaf_no, t.id LIMIT $7`
)

func loadChain(
	ctx context.Context, tx *db.Tx, account AccountID, from TransferID, limit int,
) ([]Transfer, error) {
	return db.Many(ctx, tx, scanTransfer, selectChain, int64(account), int64(from), limit)
}

func loadLeaves(ctx context.Context, tx *db.Tx, from, end int64, limit int) ([]leaf, error) {
	scan := func(s db.Scanner) (l leaf, err error) {
		err = s.Scan(&l.number, &l.count)
		return l, err
	}
	return db.Many(ctx, tx, scan, selectLeaves, from, end, limit)
}

// noLeaf is past every leaf.
const noLeaf = int64(1) << 62

// leavesOf finds the leaves [first, end) among which are all that have a date
// asked for. It looks at every batch of those dates.
func leavesOf(ctx context.Context, tx *db.Tx, q StatementQuery) (first, end int64, err error) {
	scan := func(s db.Scanner) (l [2]int64, err error) {
		err = s.Scan(&l[0], &l[1])
		return l, err
	}
	l, err := db.One(ctx, tx, scan, selectLeavesOf, q.From.String(), q.lastDate().String())
	return l[0], l[1], err
}

// logged is a transfer and the leaf it is in.
type logged struct {
	leaf int64
	Transfer
}

func scanLogged(s db.Scanner) (l logged, err error) {
	l.Transfer, err = scanTransfer(afterLeaf{s, &l.leaf})
	return l, err
}

// afterLeaf reads the leaf's number before the columns of a transfer.
type afterLeaf struct {
	row  db.Scanner
	leaf *int64
}

// Scan implements db.Scanner.
func (a afterLeaf) Scan(columns ...any) error {
	return a.row.Scan(append([]any{a.leaf}, columns...)...)
}

func loadLogged(
	ctx context.Context, tx *db.Tx, after cursor, end int64, q StatementQuery,
) ([]logged, error) {
	return db.Many(ctx, tx, scanLogged, selectLogged, int64(after.account), after.leaf,
		int64(after.id), end, q.From.String(), q.lastDate().String(), q.Limit)
}
