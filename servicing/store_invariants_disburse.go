package servicing

// What should not be of disbursements: 0 rows when all is well.
const (
	badPaidOut = `SELECT CAST(l.id AS TEXT), CAST(COALESCE(t.paid, 0) AS TEXT)
			|| ' left escrow, its principal is ' || CAST(l.principal AS TEXT)
		FROM servicing_loan l LEFT JOIN (
			SELECT cause_id, SUM(amount) AS paid FROM ledger_transfer
			WHERE cause_type = 'disbursement' GROUP BY cause_id
		) AS t ON t.cause_id = l.id
		WHERE l.state IN ` + disbursedStates + ` AND l.principal <> COALESCE(t.paid, 0)
		ORDER BY 1`

	badEarlyNotes = `SELECT CAST(loan_id AS TEXT), 'it has ' || CAST(COUNT(*) AS TEXT)
			|| ' notes, and the bank has not paid the borrower'
		FROM note WHERE NOT EXISTS (
			SELECT 1 FROM ledger_transfer t
			WHERE t.cause_type = 'disbursement_settled' AND t.cause_id = note.loan_id)
		GROUP BY loan_id ORDER BY 1`

	badCancelled = `SELECT CAST(l.id AS TEXT), 'it was cancelled, and '
			|| CAST(COUNT(*) AS TEXT) || ' of its transfers are not taken back'
		FROM servicing_loan l
		JOIN ledger_transfer t ON t.cause_type = 'disbursement' AND t.cause_id = l.id
		WHERE l.state = 'cancelled' AND NOT EXISTS (
			SELECT 1 FROM ledger_transfer r
			WHERE r.cause_type = 'reversal' AND r.cause_id = t.id)
		GROUP BY l.id ORDER BY 1`
)
