package servicing

import "openlend/internal/db"

// disbursedStates are those in which a loan has notes and a history.
const disbursedStates = `('active', 'late', 'default', 'charged_off', 'repaid')`

const (
	countLoans         = `SELECT COUNT(*) FROM servicing_loan`
	countPayments      = `SELECT COUNT(*) FROM servicing_payment`
	countShares        = `SELECT COUNT(*) FROM servicing_share`
	countDistributions = `SELECT COUNT(*) FROM servicing_distribution`
	countClaims        = `SELECT COUNT(*) FROM servicing_claim`

	selectDisbursedPage = `SELECT id FROM servicing_loan
		WHERE id > $1 AND state IN ` + disbursedStates + ` ORDER BY id LIMIT $2`

	selectDistributionsAfter = selectDistributionColumns + `WHERE id > $1 ORDER BY id LIMIT $2`

	selectAllocated = `SELECT instalment, component, CAST(SUM(minor) AS BIGINT)
		FROM servicing_allocation WHERE loan_id = $1 GROUP BY instalment, component`
)

// What should not be: 0 rows when all is well.
const (
	badReceivables = `SELECT CAST(account AS TEXT), 'its claims sum to '
			|| CAST(SUM(claimed) AS TEXT) || ', it has ' || CAST(SUM(posted) AS TEXT)
		FROM (
			SELECT receivable_id AS account, amount - settled AS claimed, 0 AS posted
			FROM servicing_claim WHERE state <> 'written_off'
			UNION ALL
			SELECT a.id, 0, b.posted FROM ledger_account a
			JOIN ledger_balance b ON b.account_id = a.id WHERE a.kind = 'receivable'
		) AS side
		GROUP BY account HAVING SUM(claimed) <> SUM(posted) ORDER BY 1`

	badNotes = `SELECT CAST(l.id AS TEXT), CAST(l.outstanding AS TEXT)
			|| ' is outstanding, of its notes ' || CAST(COALESCE(n.outstanding, 0) AS TEXT)
		FROM servicing_loan l LEFT JOIN (
			SELECT n.loan_id, SUM(b.outstanding) AS outstanding
			FROM note n JOIN note_balance b ON b.note_id = n.id
			WHERE b.state = 'active' GROUP BY n.loan_id
		) AS n ON n.loan_id = l.id
		WHERE l.state IN ` + disbursedStates + `
			AND l.outstanding <> COALESCE(n.outstanding, 0)
		ORDER BY 1`

	badOutstanding = `SELECT CAST(l.id AS TEXT), CAST(l.outstanding AS TEXT)
			|| ' is outstanding, ' || CAST(COALESCE(a.paid, 0) AS TEXT) || ' was paid of '
			|| CAST(l.principal AS TEXT)
		FROM servicing_loan l LEFT JOIN (
			SELECT loan_id, SUM(minor) AS paid FROM servicing_allocation
			WHERE component = 'principal' GROUP BY loan_id
		) AS a ON a.loan_id = l.id
		WHERE l.state IN ` + disbursedStates + ` AND l.outstanding <> CASE
			WHEN l.state = 'charged_off' THEN 0 ELSE l.principal - COALESCE(a.paid, 0) END
		ORDER BY 1`

	badPaid = `SELECT CAST(note AS TEXT), 'it was paid ' || CAST(SUM(paid) AS TEXT)
			|| ', its shares sum to ' || CAST(SUM(shares) AS TEXT)
		FROM (
			SELECT note_id AS note, principal AS p, interest AS i, penalty AS e, late_fee AS l,
				fee AS f, principal + interest + penalty + late_fee - fee AS paid, 0 AS shares
			FROM note_balance
			UNION ALL
			SELECT note_id, -principal, -interest, -penalty, -late_fee, -fee, 0, amount
			FROM servicing_share
		) AS side
		GROUP BY note HAVING SUM(p) <> 0 OR SUM(i) <> 0 OR SUM(e) <> 0 OR SUM(l) <> 0
			OR SUM(f) <> 0
		ORDER BY 1`

	badFaces = `SELECT CAST(l.id AS TEXT), 'its principal is ' || CAST(l.principal AS TEXT)
			|| ', the faces of its ' || CAST(l.notes AS TEXT) || ' notes are '
			|| CAST(COALESCE(n.face, 0) AS TEXT)
		FROM servicing_loan l LEFT JOIN (
			SELECT loan_id, SUM(face) AS face, COUNT(*) AS notes FROM note GROUP BY loan_id
		) AS n ON n.loan_id = l.id
		WHERE l.state IN ` + disbursedStates + `
				AND (l.principal <> COALESCE(n.face, 0) OR l.notes <> COALESCE(n.notes, 0))
			OR l.state NOT IN ` + disbursedStates + ` AND n.face IS NOT NULL
		ORDER BY 1`

	badPayments = `SELECT CAST(p.id AS TEXT), 'it is ' || p.state || ' of '
			|| CAST(p.amount AS TEXT) || ', paid ' || CAST(COALESCE(a.paid, 0) AS TEXT)
			|| ', refunded ' || CAST(p.refunded AS TEXT) || ', '
			|| CAST(p.unallocated AS TEXT) || ' rests'
		FROM servicing_payment p LEFT JOIN (
			SELECT payment_id, SUM(minor) AS paid FROM servicing_allocation GROUP BY payment_id
		) AS a ON a.payment_id = p.id
		WHERE COALESCE(a.paid, 0) + p.refunded + p.unallocated
			<> CASE WHEN p.state = 'returned' THEN 0 ELSE p.amount END
		ORDER BY 1`

	// A leg's transfer, claim and wait together are its shares, or the
	// distribution's own sum for the platform and the borrower; before it is
	// tried it has none of them.
	badLegs = `SELECT CAST(distribution AS TEXT), 'its leg ' || CAST(leg AS TEXT) || ' of '
			|| CAST(SUM(planned) AS TEXT) || ' is booked with ' || CAST(SUM(booked) AS TEXT)
		FROM (
			SELECT s.distribution_id AS distribution, s.leg AS leg, s.amount AS planned, 0 AS booked
			FROM servicing_share s JOIN servicing_distribution d ON d.id = s.distribution_id
			WHERE s.leg < d.next_leg
			UNION ALL
			SELECT id, platform_leg, platform, 0 FROM servicing_distribution
			WHERE platform_leg >= 0 AND platform_leg < next_leg
			UNION ALL
			SELECT id, borrower_leg, borrower, 0 FROM servicing_distribution
			WHERE borrower_leg >= 0 AND borrower_leg < next_leg
			UNION ALL
			SELECT id, legs - 1, returned, 0 FROM servicing_distribution
			WHERE returned > 0 AND next_leg = legs
			UNION ALL
			SELECT t.cause_id, t.leg, 0, CASE WHEN t.debit_id = l.collection_id
				THEN t.amount ELSE -t.amount END
			FROM ledger_transfer t JOIN servicing_distribution d ON d.id = t.cause_id
			JOIN servicing_loan l ON l.id = d.loan_id WHERE t.cause_type = 'distribution'
			UNION ALL
			SELECT d.id, d.platform_leg, 0, CASE WHEN t.debit_id = l.collection_id
				THEN t.amount ELSE -t.amount END
			FROM ledger_transfer t JOIN servicing_distribution d ON d.id = t.cause_id
			JOIN servicing_loan l ON l.id = d.loan_id WHERE t.cause_type = 'fee'
			UNION ALL
			SELECT d.id, d.legs - 1, 0, r.amount
			FROM servicing_distribution d
			JOIN ledger_transfer t ON t.cause_id = d.returned_id AND t.cause_type = 'repayment'
			JOIN ledger_transfer r ON r.cause_id = t.id AND r.cause_type = 'reversal'
			WHERE d.returned > 0
			UNION ALL
			SELECT c.distribution_id, c.leg, 0, -t.amount
			FROM servicing_claim c JOIN ledger_transfer t ON t.cause_id = c.id
				AND t.cause_type = 'receivable' AND t.leg = 0
			UNION ALL
			SELECT distribution_id, leg, 0, amount FROM servicing_held WHERE state = 'held'
		) AS side
		GROUP BY distribution, leg HAVING SUM(planned) <> SUM(booked) ORDER BY 1`

	badCollections = `SELECT CAST(loan AS TEXT), 'its collection account has '
			|| CAST(SUM(posted) AS TEXT) || ', ' || CAST(SUM(rests) AS TEXT) || ' rests and '
			|| CAST(SUM(waits) AS TEXT) || ' is not posted yet'
		FROM (
			SELECT l.id AS loan, b.posted AS posted, 0 AS rests, 0 AS waits
			FROM servicing_loan l JOIN ledger_balance b ON b.account_id = l.collection_id
			UNION ALL
			SELECT loan_id, 0, unallocated, 0 FROM servicing_payment
			UNION ALL
			SELECT loan_id, 0, 0, lenders + platform + borrower + returned - posted
			FROM servicing_distribution
		) AS side
		GROUP BY loan HAVING SUM(posted) <> SUM(rests) + SUM(waits) ORDER BY 1`
)

// allocated is what is booked on one component of one instalment.
type allocated struct {
	place

	minor int64
}

func scanAllocated(s db.Scanner) (a allocated, err error) {
	var component string
	err = s.Scan(&a.instalment, &component, &a.minor)
	a.part = componentOf(component)
	return a, err
}
