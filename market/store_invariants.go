package market

const (
	countBids     = `SELECT COUNT(*) FROM market_bid`
	countListings = `SELECT COUNT(*) FROM market_listing`
)

// What should not be: 0 rows when all is well, otherwise which row and what is
// wrong with it.
const (
	// Escrow holds what is allotted, until a loan of all of it is paid out.
	badHolds = `SELECT 'bid ' || CAST(b.id AS TEXT), CASE
			WHEN b.state <> 'held' THEN 'it is ' || b.state || ' and has an open hold'
			WHEN h.cause_id IS NULL OR h.state <> 'open' THEN 'it has no open hold'
			ELSE 'it is of ' || CAST(b.amount AS TEXT) || ', its hold of '
				|| CAST(h.remaining AS TEXT) || ', or in another wallet' END
		FROM market_bid b
		LEFT JOIN ledger_hold h ON h.cause_id = b.id AND h.cause_type = 'bid'
		LEFT JOIN ledger_account a ON a.id = b.wallet_id
		WHERE b.state <> 'held' AND h.state = 'open'
			OR b.state = 'held' AND (h.cause_id IS NULL OR h.state <> 'open'
				OR h.remaining <> b.amount OR h.account_id <> b.wallet_id
				OR h.currency <> b.currency OR a.id IS NULL OR a.owner_id <> b.lender_id)
		UNION ALL
		SELECT 'listing ' || CAST(l.id AS TEXT), 'it is ' || l.state || ', '
			|| CAST(l.allotted AS TEXT) || ' is allotted and '
			|| CAST(COALESCE(e.posted, 0) AS TEXT) || ' lies in escrow'
		FROM market_listing l
		LEFT JOIN ledger_account a ON a.owner_id = l.id AND a.kind = 'escrow'
			AND a.currency = l.currency
		LEFT JOIN ledger_balance e ON e.account_id = a.id
		WHERE l.state = 'closed' AND COALESCE(e.posted, 0) <> 0
			OR l.state <> 'closed' AND COALESCE(e.posted, 0) <> l.allotted
				AND NOT (l.state = 'allotted' AND l.allotted = l.funded
					AND COALESCE(e.posted, 0) = 0)
		ORDER BY 1`

	badSums = `SELECT 'listing ' || CAST(l.id AS TEXT), CASE
			WHEN l.policy = 'time_priority' AND l.funded > l.principal
				THEN 'more is bid than its principal'
			ELSE 'it says funded ' || CAST(l.funded AS TEXT) || ', allotted '
				|| CAST(l.allotted AS TEXT) || ', bids ' || CAST(l.bids AS TEXT)
				|| '; its bids say ' || CAST(COALESCE(s.funded, 0) AS TEXT) || ', '
				|| CAST(COALESCE(s.allotted, 0) AS TEXT) || ', '
				|| CAST(COALESCE(s.bids, 0) AS TEXT) END
		FROM market_listing l LEFT JOIN (
			SELECT listing_id, COUNT(*) AS bids,
				SUM(CASE WHEN state = 'held' THEN amount ELSE allotted END) AS funded,
				SUM(CASE WHEN state = 'allotted' THEN allotted ELSE 0 END) AS allotted
			FROM market_bid WHERE state IN ('held', 'allotted') GROUP BY listing_id
		) AS s ON s.listing_id = l.id
		WHERE l.funded <> COALESCE(s.funded, 0) OR l.allotted <> COALESCE(s.allotted, 0)
			OR l.bids <> COALESCE(s.bids, 0)
			OR l.policy = 'time_priority' AND l.funded > l.principal
		UNION ALL
		SELECT 'bid ' || CAST(b.id AS TEXT), 'it is on no listing of its currency'
		FROM market_bid b LEFT JOIN market_listing l ON l.id = b.listing_id
		WHERE l.id IS NULL OR l.currency <> b.currency
		ORDER BY 1`

	// A share came into escrow once, and went back once if it was released.
	badEnds = `SELECT 'listing ' || CAST(l.id AS TEXT), 'it is ' || l.state || ' and has '
			|| CAST(l.bids AS TEXT) || ' bids that nothing releases'
		FROM market_listing l
		LEFT JOIN saga s ON s.kind = 'unwinding' AND s.subject = l.id AND s.ended_at IS NULL
		WHERE l.bids > 0 AND s.id IS NULL AND l.state NOT IN
			('open', 'funded', 'in_final_review', 'allotted', 'closed')
		UNION ALL
		SELECT 'bid ' || CAST(b.id AS TEXT), 'it is ' || b.state || ' with a share of '
			|| CAST(b.allotted AS TEXT) || '; into escrow came '
			|| CAST(COALESCE(t.amount, 0) AS TEXT) || ', back went '
			|| CAST(COALESCE(r.amount, 0) AS TEXT)
		FROM market_bid b
		LEFT JOIN ledger_transfer t ON t.cause_id = b.id AND t.cause_type = 'allotment'
			AND t.leg = 0
		LEFT JOIN ledger_transfer r ON r.cause_id = b.id AND r.cause_type = 'refund'
			AND r.leg = 0
		WHERE b.allotted <> COALESCE(t.amount, 0)
			OR COALESCE(r.amount, 0) <>
				CASE WHEN b.state = 'released' THEN b.allotted ELSE 0 END
		ORDER BY 1`
)
