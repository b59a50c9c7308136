package custody

const (
	countPayouts  = `SELECT COUNT(*) FROM custody_payout`
	countDeposits = `SELECT COUNT(*) FROM custody_deposit`

	// Transfers of the clients' bank. I25 and I26 look at those that come of a line;
	// of these recipes the bank shows none.
	bankMoves = ` FROM ledger_account a
		JOIN ledger_transfer t ON t.debit_id = a.id OR t.credit_id = a.id
		WHERE a.kind = 'bank_clients' `
	countBankMoves = `SELECT COUNT(*)` + bankMoves
	badBankMoves   = `SELECT CAST(t.id AS TEXT), 'no line of the bank shows its '
			|| t.cause_type || ' of ' || CAST(t.amount AS TEXT)` + bankMoves + `
			AND t.cause_type IN ('advance', 'advance_recovered', 'fee_sweep', 'receivable',
				'receivable_settled', 'repayment', 'reversal', 'tax_paid')
		ORDER BY 1`

	// What the state of payout p says is booked: sent is its hold posted, out its
	// money gone from the bank, home its money back from transit, back its money
	// back from the bank.
	bookings = `SELECT p.id, p.request_no, p.purpose, p.state, p.amount, p.currency, p.line_no,
			p.sent_at, p.ended_at,
			(SELECT COUNT(*) FROM ledger_hold h WHERE h.cause_type = 'withdrawal'
				AND h.cause_id = p.id AND h.state = 'open' AND h.remaining = p.amount) AS held,
			(SELECT COUNT(*) FROM ledger_transfer t WHERE t.cause_type = 'withdrawal_sent'
				AND t.cause_id = p.id AND t.amount = p.amount
				AND t.credit_id = p.transit_id) AS sent,
			(SELECT COUNT(*) FROM ledger_transfer t JOIN ledger_account a ON a.id = t.credit_id
				WHERE t.amount = p.amount AND t.debit_id = p.transit_id AND a.kind = 'bank_clients'
				AND (p.purpose <> 'disbursement' AND t.cause_type = 'withdrawal_outcome'
					AND t.cause_id = p.id
					OR p.purpose = 'disbursement' AND t.cause_type = 'disbursement_settled'
					AND t.cause_id = p.subject)) AS gone,
			(SELECT COUNT(*) FROM ledger_transfer t JOIN ledger_account a ON a.id = t.credit_id
				WHERE t.cause_type = 'withdrawal_outcome' AND t.cause_id = p.id
				AND a.kind <> 'bank_clients') AS home,
			(SELECT COUNT(*) FROM ledger_transfer t WHERE t.cause_type = 'withdrawal_returned'
				AND t.cause_id = p.id AND t.amount = p.amount) AS back,
			CASE WHEN p.purpose IN ('withdrawal', 'deposit_return') THEN 1 ELSE 0 END AS holds
		FROM custody_payout p`

	badPayouts = `SELECT b.request_no, 'it is ' || b.state || '; booked: held '
			|| CAST(b.held AS TEXT) || ', sent ' || CAST(b.sent AS TEXT) || ', gone '
			|| CAST(b.gone AS TEXT) || ', home ' || CAST(b.home AS TEXT) || ', back '
			|| CAST(b.back AS TEXT)
		FROM (` + bookings + `) AS b
		WHERE b.held <> CASE WHEN b.state = 'intent' THEN b.holds ELSE 0 END
			OR b.sent <> CASE WHEN b.sent_at IS NOT NULL THEN b.holds ELSE 0 END
			OR b.gone <> CASE WHEN b.state IN ('settled', 'returned') THEN 1 ELSE 0 END
			OR b.home <> CASE WHEN b.state = 'rejected' AND b.sent_at IS NOT NULL
				THEN b.holds ELSE 0 END
			OR b.back <> CASE WHEN b.state = 'returned' THEN 1 ELSE 0 END
			OR (b.ended_at IS NULL) <> (b.state IN ('intent', 'sent', 'unknown'))
			OR b.sent_at IS NULL AND b.state NOT IN ('intent', 'cancelled', 'rejected')
		UNION ALL
		SELECT p.request_no, 'no line ' || CAST(p.line_no AS TEXT) || ' of the statement shows it'
		FROM custody_payout p JOIN custody_account a ON a.currency = p.currency
		WHERE p.line_no <= a.cursor_line AND NOT EXISTS (SELECT 1 FROM custody_line l
			WHERE l.currency = p.currency AND l.line_no = p.line_no AND l.kind = 'debit'
				AND l.request_no = p.request_no AND l.amount = p.amount)
		UNION ALL
		SELECT l.request_no, 'the statement shows it on line ' || CAST(l.line_no AS TEXT)
			|| ', our books do not, and no break says so'
		FROM custody_line l
		WHERE l.kind <> 'credit' AND NOT EXISTS (SELECT 1 FROM custody_payout p
				WHERE p.request_no = l.request_no
					AND l.line_no IN (p.line_no, p.return_line_no))
			AND NOT EXISTS (SELECT 1 FROM custody_break b WHERE b.currency = l.currency
				AND b.subject IN (l.request_no, CAST(l.line_no AS TEXT)))`

	badDeposits = `SELECT CAST(d.id AS TEXT), 'it is ' || d.state || '; booked: in '
			|| CAST(d.booked AS TEXT) || ', identified ' || CAST(d.identified AS TEXT)
		FROM (SELECT d.id, d.state, d.doubt, d.line_no,
				(SELECT COUNT(*) FROM ledger_transfer t WHERE t.cause_type = 'deposit'
					AND t.cause_id = d.id AND t.amount = d.amount) AS booked,
				(SELECT COUNT(*) FROM ledger_transfer t
					WHERE t.cause_type = 'deposit_identified' AND t.cause_id = d.id
					AND t.amount = d.amount AND t.credit_id = d.account_id) AS identified
			FROM custody_deposit d) AS d
		WHERE d.booked <> CASE WHEN d.line_no IS NULL THEN 0 ELSE 1 END
			OR d.identified <> CASE WHEN d.state = 'credited' AND d.doubt <> '' THEN 1 ELSE 0 END
		UNION ALL
		SELECT CAST(d.id AS TEXT), 'it is ' || d.state || ' and lies in no account for that'
		FROM custody_deposit d LEFT JOIN ledger_account a ON a.id = d.account_id
			AND a.currency = d.currency AND (d.state = 'credited' AND a.kind = 'wallet'
				AND a.owner_id = d.customer_id OR d.state <> 'credited' AND a.kind = 'suspense')
		WHERE a.id IS NULL
		UNION ALL
		SELECT CAST(d.id AS TEXT), 'no payout has brought it'
		FROM custody_deposit d WHERE d.payout_id IS NOT NULL AND NOT EXISTS (SELECT 1
			FROM ledger_transfer t JOIN ledger_account a ON a.id = t.credit_id
			WHERE t.cause_id = d.payout_id AND a.kind = 'suspense' AND t.amount = d.amount
				AND t.cause_type IN ('withdrawal_outcome', 'withdrawal_returned'))
		UNION ALL
		SELECT 'line ' || CAST(l.line_no AS TEXT) || ' ' || l.currency, 'it is not credited'
		FROM custody_line l
		WHERE l.kind = 'credit' AND NOT EXISTS (SELECT 1 FROM custody_deposit d
			WHERE d.currency = l.currency AND d.line_no = l.line_no AND d.amount = l.amount)
		UNION ALL
		SELECT a.currency || ' suspense', 'it has ' || CAST(b.posted AS TEXT)
			|| ', its deposits sum to ' || CAST(s.lies AS TEXT)
		FROM ledger_account a JOIN ledger_balance b ON b.account_id = a.id
		JOIN (SELECT x.id, CAST(COALESCE(SUM(d.amount), 0) AS BIGINT) AS lies
			FROM ledger_account x LEFT JOIN custody_deposit d ON d.account_id = x.id
				AND (d.state = 'suspense' OR d.state = 'returning' AND EXISTS (SELECT 1
					FROM custody_payout p WHERE p.purpose = 'deposit_return'
						AND p.subject = d.id AND p.state = 'intent'))
			WHERE x.kind = 'suspense' AND x.owner_id = 0 GROUP BY x.id) AS s ON s.id = a.id
		WHERE b.posted <> s.lies`

	badAccounts = `SELECT p.request_no, 'its bank account is another''s, or was in its cool-off'
		FROM custody_payout p LEFT JOIN customer_bank_account a ON a.id = p.bank_account_id
		WHERE p.bank_account_id IS NOT NULL AND (a.id IS NULL
			OR a.customer_id <> p.customer_id OR a.currency <> p.currency
			OR a.usable_at IS NULL OR p.created_at < a.usable_at)`
)
