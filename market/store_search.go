package market

import (
	"context"

	"openlend/internal/db"
)

// So many places for states and grades has a search.
const (
	searchStates = 4
	searchGrades = 8
)

// A filter that is not wanted is ” or 0. Lists fill their places again with
// their first value; $1 = ” and $5 = ” mean any.
const (
	searchFilter = `SELECT ` + listingColumns + ` FROM market_listing
		WHERE ($1 = '' OR state IN ($1, $2, $3, $4))
			AND ($5 = '' OR grade IN ($5, $6, $7, $8, $9, $10, $11, $12))
			AND ($13 = '' OR currency = $13) AND ($14 = '' OR product = $14)
			AND (borrower_id = $15 OR $15 = 0)
			AND rate >= $16 AND rate <= $17
			AND instalments >= $18 AND instalments <= $19
			AND principal >= $20 AND principal <= $21
			AND principal - funded >= $22 `

	// The place of the last one seen: its value in the order, $23, and its id.
	searchNewest = searchFilter + `AND CAST($23 AS BIGINT) = 0 AND id < $24 ORDER BY id DESC LIMIT $25`

	searchRate = searchFilter + `AND (rate < $23 OR rate = $23 AND id < $24)
		ORDER BY rate DESC, id DESC LIMIT $25`

	searchAmount = searchFilter + `AND (principal < $23 OR principal = $23 AND id < $24)
		ORDER BY principal DESC, id DESC LIMIT $25`

	searchRemaining = searchFilter + `AND (principal - funded > $23
			OR principal - funded = $23 AND id < $24)
		ORDER BY principal - funded, id DESC LIMIT $25`

	searchClosing = searchFilter + `AND (COALESCE(NULLIF(closes_on, ''), '9999-99-99') > $23
			OR COALESCE(NULLIF(closes_on, ''), '9999-99-99') = $23 AND id < $24)
		ORDER BY COALESCE(NULLIF(closes_on, ''), '9999-99-99'), id DESC LIMIT $25`
)

var searches = map[Sort]string{
	Newest: searchNewest, Rate: searchRate, Amount: searchAmount, Remaining: searchRemaining,
	Closing: searchClosing,
}

// place is where a listing stands in an order, nil: before the first.
func (s Sort) place(l *Listing) any {
	switch {
	case s == Newest:
		return 0
	case s == Closing && l == nil:
		return ""
	case s == Closing && l.ClosesOn.IsZero():
		return "9999-99-99"
	case s == Closing:
		return l.ClosesOn.String()
	case s == Remaining && l == nil:
		return int64(-lastID)
	case s == Remaining:
		return l.Principal.Minor() - l.Funded
	case l == nil:
		return int64(lastID)
	case s == Rate:
		return int64(l.Rate)
	}
	return l.Principal.Minor()
}

func searchListings(
	ctx context.Context, tx *db.Tx, q Search, after *Listing, limit int,
) ([]*Listing, error) {
	last := ListingID(lastID)
	if after != nil {
		last = after.ID
	}
	args := append(slots(q.States, searchStates), slots(q.Grades, searchGrades)...)
	args = append(args, string(q.Currency), q.Product, int64(q.Borrower),
		int64(q.MinRate), most(int64(q.MaxRate)),
		q.MinInstalments, most(int64(q.MaxInstalments)),
		q.MinPrincipal, most(q.MaxPrincipal), least(q.MinRemaining),
		q.Sort.place(after), int64(last), limit)
	return db.Many(ctx, tx, scanListing, searches[q.Sort], args...)
}

// slots gives n places to a list: its values, then the first again; ” for none.
func slots[T ~string](values []T, n int) []any {
	places := make([]any, n)
	for i := range places {
		switch {
		case i < len(values):
			places[i] = string(values[i])
		case len(values) > 0:
			places[i] = string(values[0])
		default:
			places[i] = ""
		}
	}
	return places
}

// most and least are limits that do not limit when they are 0. What remains can
// be below zero in the row, where more was bid than is needed.
func most(limit int64) int64 {
	if limit == 0 {
		return lastID
	}
	return limit
}

func least(limit int64) int64 {
	if limit == 0 {
		return -lastID
	}
	return limit
}
