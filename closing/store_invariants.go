package closing

const (
	countRuns = `SELECT COUNT(*) FROM closing_run`

	badRuns = `SELECT r.business_on, CASE WHEN r.state = 'done'
			THEN 'it is done and the ledger is sealed through ' || c.sealed_through
			ELSE 'it runs and the ledger is sealed through ' || c.sealed_through
				|| ', open is ' || c.business_on END
		FROM closing_run r JOIN ledger_clock c ON c.id = 1
		WHERE r.state = 'done' AND r.business_on > c.sealed_through
		OR r.state = 'running' AND (r.business_on < c.sealed_through
			OR r.business_on >= c.business_on)`

	countSteps = `SELECT COUNT(*) FROM closing_step`

	// One thing may have failed twice in a step, under two of its places.
	badSteps = `SELECT s.business_on || ' ' || s.name, CASE WHEN s.state = 'running'
			THEN 'it runs and its date is done' ELSE 'what it could not do is not named' END
		FROM closing_step s JOIN closing_run r ON r.business_on = s.business_on
		LEFT JOIN (SELECT business_on, step, COUNT(*) AS failures FROM closing_failure
			GROUP BY business_on, step) f ON f.business_on = s.business_on AND f.step = s.name
		WHERE s.state = 'running' AND r.state = 'done'
		OR s.failed < COALESCE(f.failures, 0) OR s.failed > 0 AND f.failures IS NULL`
)
