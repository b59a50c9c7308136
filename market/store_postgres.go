package market

// On PostgreSQL a look-up for each lender: asked for all of them at once, the
// planner reads every bid of a hot listing and compares it with each lender, as
// long as it has no statistics of that listing (80 ms, not 3, for 1,000 lenders
// of 11,000 bids).
const selectStakesEach = `SELECT want.lender_id, (
		SELECT CAST(COALESCE(SUM(b.amount), 0) AS BIGINT) FROM market_bid b
		WHERE b.lender_id = want.lender_id AND b.listing_id = $2
			AND b.state IN ('held', 'allotted'))
	FROM unnest(CAST($1 AS BIGINT[])) AS want (lender_id)`
