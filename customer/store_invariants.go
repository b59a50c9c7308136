package customer

const (
	countCustomers    = `SELECT COUNT(*) FROM customer`
	countAcceptances  = `SELECT COUNT(*) FROM customer_acceptance`
	countBankAccounts = `SELECT COUNT(*) FROM customer_bank_account`

	// A sealed value is longer than what it adds: five bytes of a prefix, twelve of
	// a nonce and sixteen of a tag.
	badIdentity = `SELECT CAST(c.id AS TEXT), CASE WHEN i.customer_id IS NULL
				THEN 'no identity' ELSE 'a field is not sealed' END
		FROM customer c LEFT JOIN customer_identity i ON i.customer_id = c.id
		WHERE i.customer_id IS NULL OR length(i.name) <= 33 OR length(i.birth_on) <= 33
			OR length(i.national_id) <= 33 OR length(i.phone) <= 33 OR length(i.email) <= 33
			OR length(i.address) <= 33 OR length(i.national_id_index) <> 16`

	// However the changes are ordered, a walk from 'new' enters where it ends once
	// more than it leaves it; and 'new' as often.
	badStatus = `SELECT CAST(c.id AS TEXT), 'is ' || c.status || ', its changes lead elsewhere'
		FROM customer c WHERE CASE WHEN c.status = 'new' THEN 0 ELSE 1 END <>
			(SELECT COUNT(*) FROM customer_status_change s
				WHERE s.customer_id = c.id AND s.to_status = c.status)
			- (SELECT COUNT(*) FROM customer_status_change s
				WHERE s.customer_id = c.id AND s.from_status = c.status)`

	badVerified = `SELECT CAST(c.id AS TEXT), 'verified without a check'
		FROM customer c WHERE c.verified_at IS NOT NULL AND NOT EXISTS (SELECT 1
			FROM customer_check k WHERE k.customer_id = c.id AND k.state = 'verified')`

	badAccepted = `SELECT CAST(c.id AS TEXT), 'borrow ' || CAST(c.borrow_terms AS TEXT)
			|| ', lend ' || CAST(c.lend_terms AS TEXT)
		FROM customer c
		WHERE c.borrow_terms <> (SELECT COALESCE(MAX(t.version), 0) FROM customer_acceptance a
				JOIN customer_terms t ON t.id = a.terms_id
				WHERE a.customer_id = c.id AND t.kind = 'borrow')
			OR c.lend_terms <> (SELECT COALESCE(MAX(t.version), 0) FROM customer_acceptance a
				JOIN customer_terms t ON t.id = a.terms_id
				WHERE a.customer_id = c.id AND t.kind = 'lend')`

	badAcceptance = `SELECT CAST(a.customer_id AS TEXT), 'accepted other bytes than '
			|| CAST(a.terms_id AS TEXT)
		FROM customer_acceptance a LEFT JOIN customer_terms t ON t.id = a.terms_id
		WHERE t.id IS NULL OR t.sha256 <> a.sha256`

	badBankAccount = `SELECT CAST(b.id AS TEXT), 'verified, its customer is not'
		FROM customer_bank_account b JOIN customer c ON c.id = b.customer_id
		WHERE b.state = 'verified' AND c.verified_at IS NULL`
)
