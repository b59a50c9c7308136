package ledger

import (
	"fmt"
	"regexp"

	"openlend/internal/db"
)

// The chart as SQL knows it; a test compares these with chart.
const (
	runningKinds = `('collection', 'escrow', 'payout_transit', 'provision', 'receivable',
		'suspense', 'wallet')`

	platformKinds = `('advance', 'bank_clients', 'bank_platform', 'equity', 'expense',
		'fee_income', 'tax_withheld')`

	creditKinds = `('collection', 'equity', 'escrow', 'fee_income', 'payout_transit',
		'provision', 'suspense', 'tax_withheld', 'wallet')`

	sealedThrough = `(SELECT sealed_through FROM ledger_clock WHERE id = 1)`
)

// What is looked at.
const (
	countTransfers = `SELECT COUNT(*) FROM ledger_transfer`
	countAccounts  = `SELECT COUNT(*) FROM ledger_account`
	countBalances  = `SELECT COUNT(*) FROM ledger_balance`
	countHolds     = `SELECT COUNT(*) FROM ledger_hold`
	countOpenHolds = `SELECT COUNT(*) FROM ledger_hold WHERE state = 'open'`
	countRollups   = `SELECT COUNT(*) FROM ledger_rollup`
	countBatches   = `SELECT COUNT(*) FROM ledger_batch`
	countEvents    = `SELECT COUNT(*) FROM outbox`

	countCauseTypes = `SELECT cause_type, COUNT(*) FROM ledger_transfer
		GROUP BY cause_type ORDER BY cause_type`

	countOpenHoldTypes = `SELECT cause_type, COUNT(*) FROM ledger_hold WHERE state = 'open'
		GROUP BY cause_type ORDER BY cause_type`
)

// What should not be: 0 rows when the books are sound, otherwise which row and
// what is wrong with it.
const (
	badAccounts = `SELECT t.id, CASE
			WHEN t.debit_id = t.credit_id THEN 'debit and credit are one account'
			WHEN d.id IS NULL THEN 'its debit account does not exist'
			WHEN c.id IS NULL THEN 'its credit account does not exist'
			ELSE 'it debits ' || d.currency || ' and credits ' || c.currency END
		FROM ledger_transfer t
		LEFT JOIN ledger_account d ON d.id = t.debit_id
		LEFT JOIN ledger_account c ON c.id = t.credit_id
		WHERE t.debit_id = t.credit_id OR d.id IS NULL OR c.id IS NULL
			OR d.currency <> c.currency
		ORDER BY 1`

	badAmounts = `SELECT t.id, CASE
			WHEN t.amount <= 0 THEN 'its amount is ' || CAST(t.amount AS TEXT)
			ELSE 'it is in ' || t.currency || ', its accounts are not' END
		FROM ledger_transfer t
		LEFT JOIN ledger_account d ON d.id = t.debit_id
		LEFT JOIN ledger_account c ON c.id = t.credit_id
		WHERE t.amount <= 0 OR t.currency <> d.currency OR t.currency <> c.currency
		ORDER BY 1`

	badHoldAmounts = `SELECT h.account_id, 'its hold ' || h.cause_type || ' '
			|| CAST(h.cause_id AS TEXT) || ' is of ' || CAST(h.amount AS TEXT) || ' '
			|| h.currency || ', ' || CAST(h.remaining AS TEXT) || ' remaining'
		FROM ledger_hold h LEFT JOIN ledger_account a ON a.id = h.account_id
		WHERE h.amount <= 0 OR h.remaining < 0 OR h.remaining > h.amount
			OR h.currency <> a.currency
		ORDER BY 1`

	badAvailable = `SELECT a.id, CASE
			WHEN b.account_id IS NULL AND a.kind IN ` + runningKinds + `
				THEN 'it has no balance'
			WHEN a.kind NOT IN ` + runningKinds + `
				THEN 'a ' || a.kind || ' keeps no running balance and has one'
			ELSE 'posted ' || CAST(b.posted AS TEXT) || ', held ' || CAST(b.held AS TEXT) END
		FROM ledger_account a LEFT JOIN ledger_balance b ON b.account_id = a.id
		WHERE a.kind NOT IN ` + runningKinds + ` AND b.account_id IS NOT NULL
			OR a.kind NOT IN ` + platformKinds + `
				AND (b.account_id IS NULL OR b.held < 0 OR b.posted < b.held)
		ORDER BY 1`

	badBalanceRows = `SELECT b.account_id, 'it has a balance and does not exist'
		FROM ledger_balance b LEFT JOIN ledger_account a ON a.id = b.account_id
		WHERE a.id IS NULL ORDER BY 1`

	badHeld = `SELECT account, 'held ' || CAST(SUM(held) AS TEXT)
			|| ', its open holds sum to ' || CAST(SUM(hold) AS TEXT)
		FROM (
			SELECT account_id AS account, held, 0 AS hold FROM ledger_balance
			UNION ALL
			SELECT account_id, 0, remaining FROM ledger_hold WHERE state = 'open'
		) AS side
		GROUP BY account HAVING SUM(held) <> SUM(hold) ORDER BY 1`

	badHoldAccounts = `SELECT h.account_id, 'it has the open hold ' || h.cause_type || ' '
			|| CAST(h.cause_id AS TEXT) || CASE WHEN a.id IS NULL THEN ' and does not exist'
			ELSE ' and is a ' || a.state || ' ' || a.kind END
		FROM ledger_hold h LEFT JOIN ledger_account a ON a.id = h.account_id
		WHERE h.state = 'open'
			AND (a.id IS NULL OR a.state = 'closed' OR a.kind NOT IN ` + runningKinds + `)
		ORDER BY 1`

	badCauses = `SELECT MIN(id), CAST(COUNT(*) AS TEXT) || ' transfers have its cause '
			|| cause_type || ' ' || CAST(cause_id AS TEXT) || ' leg ' || CAST(leg AS TEXT)
		FROM ledger_transfer GROUP BY cause_id, cause_type, leg HAVING COUNT(*) > 1 ORDER BY 1`

	// Batches that were booked after $1 and are not announced.
	badAnnounced = `SELECT b.first_id, 'it is not announced in the outbox'
		FROM ledger_batch b LEFT JOIN outbox o ON o.id = b.first_id
		WHERE o.id IS NULL AND b.booked_at > $1 ORDER BY 1`

	// Events that were written before $1 and are not numbered.
	badEvents = `SELECT id, 'it is of topic ' || topic || ' and has no number yet'
		FROM outbox WHERE seq IS NULL AND created_at < $1 ORDER BY 1`

	// Balances that are kept, and for platform accounts the last roll-up and
	// what has moved since. Credits count up, debits down.
	badTrialBalance = `SELECT currency, CAST(SUM(credit) AS BIGINT) FROM (
			SELECT a.currency, CASE WHEN a.kind IN ` + creditKinds + `
				THEN b.posted ELSE -b.posted END AS credit
			FROM ledger_balance b JOIN ledger_account a ON a.id = b.account_id
			UNION ALL
			SELECT a.currency, CASE WHEN a.kind IN ` + creditKinds + `
				THEN r.balance ELSE -r.balance END
			FROM ledger_account a JOIN ledger_rollup r ON r.account_id = a.id
			WHERE a.kind IN ` + platformKinds + ` AND r.business_on =
				(SELECT MAX(n.business_on) FROM ledger_rollup n
				WHERE n.account_id = a.id AND n.business_on <= ` + sealedThrough + `)
			UNION ALL
			SELECT a.currency, -t.amount
			FROM ledger_transfer t JOIN ledger_account a ON a.id = t.debit_id
			WHERE a.kind IN ` + platformKinds + ` AND t.business_on > ` + sealedThrough + `
			UNION ALL
			SELECT a.currency, t.amount
			FROM ledger_transfer t JOIN ledger_account a ON a.id = t.credit_id
			WHERE a.kind IN ` + platformKinds + ` AND t.business_on > ` + sealedThrough + `
		) AS part
		GROUP BY currency HAVING SUM(credit) <> 0 ORDER BY currency`

	// Every sealed day's turnover against the transfers of that day.
	badTurnover = `SELECT account, 'on ' || business_on || ' its transfers are '
			|| CAST(SUM(debit) AS TEXT) || ' debit and ' || CAST(SUM(credit) AS TEXT)
			|| ' credit, rolled up ' || CAST(SUM(rolled_debit) AS TEXT) || ' and '
			|| CAST(SUM(rolled_credit) AS TEXT)
		FROM (
			SELECT debit_id AS account, business_on, amount AS debit, 0 AS credit,
				0 AS rolled_debit, 0 AS rolled_credit
			FROM ledger_transfer WHERE business_on <= ` + sealedThrough + `
			UNION ALL
			SELECT credit_id, business_on, 0, amount, 0, 0
			FROM ledger_transfer WHERE business_on <= ` + sealedThrough + `
			UNION ALL
			SELECT account_id, business_on, 0, 0, debits, credits
			FROM ledger_rollup WHERE business_on <= ` + sealedThrough + `
		) AS side
		GROUP BY account, business_on
		HAVING SUM(debit) <> SUM(rolled_debit) OR SUM(credit) <> SUM(rolled_credit)
		ORDER BY 1`

	// Every roll-up follows from the one before it and ends on one of its
	// account's transfers of that day, with that transfer's balance.
	badRollups = `SELECT account_id, CASE
			WHEN balance <> prior + change THEN 'on ' || business_on
				|| ' its roll-up says ' || CAST(balance AS TEXT) || ', not '
				|| CAST(prior + change AS TEXT)
			ELSE 'on ' || business_on || ' its roll-up ends on transfer '
				|| CAST(last_transfer_id AS TEXT) || ', which is not its last' END
		FROM (
			SELECT r.account_id, r.business_on, r.balance, r.last_transfer_id,
				LAG(r.balance, 1, 0) OVER
					(PARTITION BY r.account_id ORDER BY r.business_on) AS prior,
				CASE WHEN a.kind IN ` + creditKinds + `
					THEN r.credits - r.debits ELSE r.debits - r.credits END AS change,
				CASE WHEN t.business_on = r.business_on AND t.debit_id = r.account_id
						THEN COALESCE(t.debit_after, r.balance)
					WHEN t.business_on = r.business_on AND t.credit_id = r.account_id
						THEN COALESCE(t.credit_after, r.balance) END AS ending
			FROM ledger_rollup r
			LEFT JOIN ledger_account a ON a.id = r.account_id
			LEFT JOIN ledger_transfer t ON t.id = r.last_transfer_id
			WHERE r.business_on <= ` + sealedThrough + `
		) AS day
		WHERE balance <> prior + change OR ending IS NULL OR ending <> balance
		ORDER BY 1`
)

// For the chains.
const (
	selectTallies = `SELECT a.id, a.kind, COALESCE(b.posted, 0),
		COALESCE(b.last_transfer_id, 0)
		FROM ledger_account a LEFT JOIN ledger_balance b ON b.account_id = a.id
		WHERE a.id > $1 ORDER BY a.id LIMIT $2`

	selectSides = `SELECT id, debit_id, credit_id, amount,
		COALESCE(debit_after, -1), COALESCE(debit_previous_id, 0),
		COALESCE(credit_after, -1), COALESCE(credit_previous_id, 0)
		FROM ledger_transfer ORDER BY id`
)

// For the log.
const (
	selectBatchPage = `SELECT first_id, count, business_on, booked_at, root
		FROM ledger_batch WHERE first_id > $1 ORDER BY first_id LIMIT $2`

	// Batches that were booked before $1 and are no leaves.
	badUnsealed = `SELECT b.first_id, 'it is not a leaf of the log'
		FROM ledger_batch b LEFT JOIN ledger_leaf l ON l.batch_id = b.first_id
		WHERE l.leaf_no IS NULL AND b.booked_at < $1 ORDER BY 1`

	// The first leaf from $1 on whose batch was booked before $2.
	badUnsigned = `SELECT b.first_id, 'its leaf is not under a signed head'
		FROM ledger_leaf l JOIN ledger_batch b ON b.first_id = l.batch_id
		WHERE l.leaf_no >= $1 AND b.booked_at < $2 ORDER BY l.leaf_no LIMIT 1`

	badLeaves = `SELECT MIN(leaf_no), 'it is leaf ' || CAST(COUNT(*) AS TEXT) || ' times'
		FROM ledger_leaf GROUP BY batch_id HAVING COUNT(*) > 1 ORDER BY 1`

	selectLeafPage = `SELECT l.leaf_no, l.batch_id, COALESCE(b.first_id, 0),
		COALESCE(b.count, 0), COALESCE(b.business_on, ''), COALESCE(b.booked_at, 0), b.root
		FROM ledger_leaf l LEFT JOIN ledger_batch b ON b.first_id = l.batch_id
		WHERE l.leaf_no > $1 ORDER BY l.leaf_no LIMIT $2`

	selectHashPage = `SELECT position, hash FROM ledger_log_hash
		WHERE position >= $1 ORDER BY position LIMIT $2`
)

// identifier is what a CauseTable may name.
var identifier = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

func (c CauseTable) check() error {
	if !identifier.MatchString(c.Table) || !identifier.MatchString(c.Key) {
		return fmt.Errorf("cause type %q: %q.%q is not a column", c.Type, c.Table, c.Key)
	}
	return nil
}

// missing finds transfers of cause type $1 whose cause does not exist.
func (c CauseTable) missing() (string, error) {
	return `SELECT t.id, 'its cause ' || t.cause_type || ' ' || CAST(t.cause_id AS TEXT)
			|| ' does not exist'
		FROM ledger_transfer t LEFT JOIN ` + c.Table + ` c ON c.` + c.Key + ` = t.cause_id
		WHERE t.cause_type = $1 AND c.` + c.Key + ` IS NULL ORDER BY 1`, c.check()
}

// deadHolds finds open holds of cause type $1 whose cause does not live.
func (c CauseTable) deadHolds() (string, error) {
	live := c.LiveHold
	if live == "" {
		live = "1 = 1" // it lives while it exists
	}
	return `SELECT h.cause_id, 'it holds money and is not alive'
		FROM ledger_hold h LEFT JOIN ` + c.Table + ` c ON c.` + c.Key + ` = h.cause_id
			AND (` + live + `)
		WHERE h.state = 'open' AND h.cause_type = $1 AND c.` + c.Key + ` IS NULL
		ORDER BY 1`, c.check()
}

type typeCount struct {
	causeType string
	count     int64
}

func scanTypeCount(s db.Scanner) (t typeCount, err error) {
	err = s.Scan(&t.causeType, &t.count)
	return t, err
}

type currencySum struct {
	currency string
	credit   int64
}

func scanCurrencySum(s db.Scanner) (c currencySum, err error) {
	err = s.Scan(&c.currency, &c.credit)
	return c, err
}
