package note

const (
	countNotes = `SELECT COUNT(*) FROM note`

	badOutstanding = `SELECT CAST(n.id AS TEXT), CASE
			WHEN b.note_id IS NULL THEN 'it has no balance'
			ELSE 'it is ' || b.state || ', ' || CAST(b.outstanding AS TEXT)
				|| ' outstanding, its face is ' || CAST(n.face AS TEXT) || ', paid '
				|| CAST(b.principal AS TEXT) END
		FROM note n LEFT JOIN note_balance b ON b.note_id = n.id
		WHERE b.note_id IS NULL OR b.principal > n.face
			OR b.state = 'active' AND b.outstanding <> n.face - b.principal
			OR b.state = 'repaid' AND b.principal <> n.face
			OR b.fee > b.interest
		ORDER BY 1`

	badHolders = `SELECT CAST(n.id AS TEXT), 'its owner is not the last of its holders'
		FROM note n LEFT JOIN note_holding h ON h.loan_id = n.loan_id AND h.note_id = n.id
			AND h.from_on = n.since_on AND h.holder_id = n.holder_id
			AND h.wallet_id = n.wallet_id
		WHERE h.note_id IS NULL OR n.since_on < (SELECT MAX(l.from_on) FROM note_holding l
			WHERE l.loan_id = n.loan_id AND l.note_id = n.id)
		ORDER BY 1`
)
