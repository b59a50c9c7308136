package market

// On PostgreSQL a look-up for each stake: asked for all of them at once, the
// planner reads every bid of a hot listing and compares it with each lender, as
// long as it has no statistics of that listing (80 ms, not 3, for 1,000 lenders
// of 11,000 bids).
const selectStakesEach = `SELECT want.lender_id, want.listing_id, (
		SELECT CAST(COALESCE(SUM(b.amount), 0) AS BIGINT) FROM market_bid b
		WHERE b.lender_id = want.lender_id AND b.listing_id = want.listing_id
			AND b.state IN ('held', 'allotted'))
	FROM unnest(CAST($1 AS BIGINT[]), CAST($2 AS BIGINT[])) AS want (lender_id, listing_id)`
