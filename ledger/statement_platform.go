package ledger

import (
	"context"

	"openlend/internal/db"
	"openlend/money"
)

// leavesMax and transfersMax bound what one page of a platform account's
// statement looks through.
const (
	leavesMax    = 1000
	transfersMax = 50_000
)

// platformStatement reads oldest first, in the order of the log: platform
// accounts have no chain, and only what is a leaf of the log has a place that
// cannot change. So transfers show once their batch is sealed. The balance is
// summed along the way and travels in the cursor.
//
// All transfers are looked through, those of others too: a page may hold fewer
// rows than asked for, even none, with a Next to go on.
func platformStatement(
	ctx context.Context, tx *db.Tx, a *Account, q StatementQuery,
) (StatementPage, error) {
	at, err := platformStart(ctx, tx, a, q)
	if err != nil {
		return StatementPage{}, err
	}
	leaves, err := loadLeaves(ctx, tx, at.leaf, at.end, leavesMax)
	if err != nil {
		return StatementPage{}, err
	}
	end, more := leavesToRead(leaves)
	rows, err := loadLogged(ctx, tx, at, end, q)
	if err != nil {
		return StatementPage{}, err
	}
	var page StatementPage
	for i := range rows {
		row, err := rows[i].seenBy(a)
		if err != nil {
			return StatementPage{}, err
		}
		if at.minor, err = money.AddMinor(at.minor, row.Amount.Minor()); err != nil {
			return StatementPage{}, err
		}
		row.Balance = money.New(at.minor, a.Currency)
		page.Rows = append(page.Rows, row)
		at.leaf, at.id = rows[i].leaf, row.Transfer
	}
	switch {
	case len(rows) == q.Limit:
		page.Next = at.String()
	case more:
		page.Next = cursor{a.ID, 0, end, at.end, at.minor}.String()
	}
	return page, nil
}

// platformStart is where to begin: at the cursor, or with the first leaf that
// has a date asked for and the balance before it. Leaves follow the dates only
// roughly, so both ends are looked up by date.
func platformStart(
	ctx context.Context, tx *db.Tx, a *Account, q StatementQuery,
) (cursor, error) {
	at := cursor{account: a.ID, end: noLeaf}
	if q.After != "" {
		return parseCursor(q.After, a.ID)
	}
	if q.From.IsZero() && q.To.IsZero() {
		return at, nil
	}
	now, err := ReadDates(ctx, tx)
	if err != nil {
		return at, err
	}
	opening, err := balancesOn(ctx, tx, now, min(q.From.Days(-1), now.BusinessOn),
		[]AccountID{a.ID})
	if err != nil {
		return at, err
	}
	at.minor = opening[0].Minor()
	at.leaf, at.end, err = leavesOf(ctx, tx, q)
	return at, err
}

// leaf is a batch in the log.
type leaf struct{ number, count int64 }

// leavesToRead says before which leaf to stop, and whether there are more.
func leavesToRead(leaves []leaf) (end int64, more bool) {
	size := int64(0)
	for i, l := range leaves {
		if size += l.count; size > transfersMax && i > 0 {
			return l.number, true
		}
		end = l.number + 1
	}
	return end, len(leaves) == leavesMax
}
