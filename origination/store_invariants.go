package origination

// What is looked at.
const (
	countVerdicts     = `SELECT COUNT(*) FROM origination_product_verdict`
	countApplications = `SELECT COUNT(*) FROM origination_application`
	countOffers       = `SELECT COUNT(*) FROM origination_offer`

	selectRulesDecisions = `SELECT id, application_id, nr, decided_by, decider, result, grade,
		reasons, note, inputs, product, product_version, rule_set, decided_at
		FROM origination_decision
		WHERE id > $1 AND decided_by = 'rules' AND rule_set = $2 ORDER BY id LIMIT $3`

	selectOfferPage = selectOfferColumns + `WHERE id > $1 ORDER BY id LIMIT $2`
)

// What should not be: 0 rows when all is well.
const (
	badVerdicts = `SELECT v.code || ' ' || CAST(v.version AS TEXT), CASE
			WHEN p.code IS NULL THEN 'there is no such version'
			ELSE 'proposed by ' || p.maker || ', says ' || v.maker || ' and ' || v.checker END
		FROM origination_product_verdict v
		LEFT JOIN origination_product p ON p.code = v.code AND p.version = v.version
		WHERE p.code IS NULL OR p.maker <> v.maker OR lower(v.checker) = lower(p.maker)`

	// The last decision is the one with the number of decisions: they have no gap.
	badApplications = `SELECT CAST(a.id AS TEXT), 'is ' || a.state || ', decided '
			|| COALESCE(d.result, 'nothing')
		FROM origination_application a
		LEFT JOIN origination_decision d ON d.application_id = a.id
			AND d.nr = (SELECT COUNT(*) FROM origination_decision n
				WHERE n.application_id = a.id)
		WHERE NOT (
			(a.state = 'withdrawn')
			OR (a.state IN ('draft', 'submitted') AND d.id IS NULL)
			OR (a.state = 'referred' AND d.result = 'refer')
			OR (a.state = 'declined' AND d.result = 'decline')
			OR (a.state IN ('approved', 'accepted', 'lapsed') AND d.result = 'approve'))
			OR (d.id IS NOT NULL AND (d.grade <> a.grade OR d.reasons <> a.reasons))
			OR d.id IS NULL AND EXISTS (SELECT 1 FROM origination_decision n
				WHERE n.application_id = a.id)`

	badOffers = `SELECT CAST(a.id AS TEXT), 'is ' || a.state || ' and its live offer '
			|| COALESCE(o.state, 'is none')
		FROM origination_application a
		LEFT JOIN origination_offer o ON o.application_id = a.id
			AND o.state IN ('open', 'accepted')
		WHERE (a.state = 'accepted') <> (COALESCE(o.state, '') = 'accepted')
			OR (COALESCE(o.state, '') = 'open' AND a.state <> 'approved')
			OR (o.id IS NOT NULL AND (o.grade <> a.grade OR o.principal <> a.principal
				OR o.borrower_id <> a.borrower_id OR o.product <> a.product
				OR o.product_version <> a.product_version))`

	badExposures = `SELECT CAST(o.id AS TEXT), 'is ' || o.state || ', its exposure '
			|| COALESCE(e.state, 'is none')
		FROM origination_offer o LEFT JOIN origination_exposure e ON e.offer_id = o.id
		WHERE (o.state = 'accepted') <> (e.offer_id IS NOT NULL)
			OR (e.offer_id IS NOT NULL AND (e.principal <> o.principal
				OR e.currency <> o.currency OR e.borrower_id <> o.borrower_id))`
)
