package ledger

import (
	"context"
	"maps"
	"slices"

	"openlend/calendar"
	"openlend/internal/db"
	"openlend/money"
)

// SealDate rolls up every account that moved on a closed business date and
// seals it. Dates are sealed in their order, one by one.
//
// The day's transfers are read in pages and summed in memory (about 60 bytes
// for each account that moved); the roll-ups are written in small transactions
// that leave a row alone that is there already, and only the last one moves
// sealed_through. Nothing of a closed date changes any more, so whoever runs it
// again after a kill, or beside another process, writes the same rows.
//
// Refusals: ErrNotReady; ErrDate when the date is still open or an earlier one
// is not sealed. A date that is sealed already is left as it is.
func SealDate(ctx context.Context, d *db.DB, date calendar.Date) error {
	sealed, err := db.Read(ctx, d, func(ctx context.Context, tx *db.Tx) (bool, error) {
		return isSealed(ctx, tx, date)
	})
	if err != nil || sealed {
		return err
	}
	turnover, err := sumDay(ctx, d, date, dayTransfers)
	if err != nil {
		return err
	}
	accounts := slices.Sorted(maps.Keys(turnover))
	for page := range slices.Chunk(accounts, rollupPage(d)) {
		_, err := db.WriteBulk(ctx, d, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
			return struct{}{}, rollUp(ctx, tx, date, page, turnover)
		})
		if err != nil {
			return err
		}
	}
	_, err = db.Write(ctx, d, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
		return struct{}{}, finishDate(ctx, tx, date)
	})
	return err
}

// rollupPage is how many roll-ups one transaction writes: on SQLite everybody
// waits for it.
func rollupPage(d *db.DB) int {
	if d.Engine() == db.SQLite {
		return 200
	}
	return 5000
}

// isSealed says whether a date is sealed already. Refusal: ErrDate when it is
// not its turn.
func isSealed(ctx context.Context, tx *db.Tx, date calendar.Date) (bool, error) {
	now, err := ReadDates(ctx, tx)
	switch {
	case err != nil:
		return false, err
	case date <= now.SealedThrough:
		return true, nil
	case date >= now.BusinessOn:
		return false, ErrDate.With("%s is not closed, %s is open", date, now.BusinessOn)
	case date != now.SealedThrough.Days(1):
		return false, ErrDate.With("%s comes first", now.SealedThrough.Days(1))
	}
	return false, nil
}

func finishDate(ctx context.Context, tx *db.Tx, date calendar.Date) error {
	if err := tx.LockTable(ctx, lockClock.Table); err != nil {
		return err
	}
	sealed, err := isSealed(ctx, tx, date)
	if err != nil || sealed {
		return err
	}
	return storeSealedThrough(ctx, tx, date)
}

// turnover is what one account moved on a day.
type turnover struct {
	account         AccountID
	debits, credits int64
	// steps is the sum of id - previous id over the account's chain of
	// transfers, which is its last id less the last one of the days before: ids
	// of different processes need not grow along the chain.
	steps int64
	maxID TransferID
}

func (t *turnover) add(u turnover) (err error) {
	if t.debits, err = money.AddMinor(t.debits, u.debits); err != nil {
		return err
	}
	if t.credits, err = money.AddMinor(t.credits, u.credits); err != nil {
		return err
	}
	t.steps += u.steps
	t.maxID = max(t.maxID, u.maxID)
	return nil
}

// dayTransfers is about how many transfers are summed in one query.
const dayTransfers = 50_000

// sumDay sums the transfers of one date by account, a page of batches with
// about that many transfers at a time.
func sumDay(
	ctx context.Context, d *db.DB, date calendar.Date, size int64,
) (map[AccountID]turnover, error) {
	total := map[AccountID]turnover{}
	for from := TransferID(1); from != 0; {
		page, err := db.Read(ctx, d, func(ctx context.Context, tx *db.Tx) ([]turnover, error) {
			first, end, err := dayPage(ctx, tx, date, from, size)
			if from = end; err != nil || end == 0 {
				return nil, err
			}
			return loadTurnover(ctx, tx, date, first, end)
		})
		if err != nil {
			return nil, err
		}
		for _, t := range page {
			sum := total[t.account]
			sum.account = t.account
			if err := sum.add(t); err != nil {
				return nil, err
			}
			total[t.account] = sum
		}
	}
	return total, nil
}

// dayPage finds the next batches of a date from an id on, as the range of ids
// [first, end) that they span; end is 0 when there are none. Transfers of other
// dates may lie in the range.
func dayPage(
	ctx context.Context, tx *db.Tx, date calendar.Date, from TransferID, size int64,
) (first, end TransferID, err error) {
	batches, err := loadDayBatches(ctx, tx, date, from, size)
	for _, b := range batches {
		if size <= 0 {
			break
		}
		size -= b.count
		end = b.firstID + TransferID(b.count)
	}
	if end > 0 {
		first = batches[0].firstID
	}
	return first, end, err
}

// rollUp writes the roll-ups of some accounts.
func rollUp(
	ctx context.Context, tx *db.Tx, date calendar.Date,
	accounts []AccountID, turnovers map[AccountID]turnover,
) error {
	before, err := loadRollupsBefore(ctx, tx, date, accounts)
	if err != nil {
		return err
	}
	rows := make([]rollup, len(before))
	for i, b := range before {
		if rows[i], err = b.after(turnovers[b.account]); err != nil {
			return err
		}
	}
	return storeRollups(ctx, tx, date, rows)
}

// rollup is an account at the end of a business date.
type rollup struct {
	account         AccountID
	kind            Kind
	debits, credits int64 // of that date
	balance         int64 // by the normal side of the account
	last            TransferID
}

// after is the next roll-up of an account, by what it moved since.
func (r rollup) after(t turnover) (rollup, error) {
	grown, shrunk := t.debits, t.credits
	if r.kind.CreditNormal() {
		grown, shrunk = shrunk, grown
	}
	change, err := money.SubMinor(grown, shrunk)
	if err != nil {
		return rollup{}, err
	}
	balance, err := money.AddMinor(r.balance, change)
	if err != nil {
		return rollup{}, err
	}
	last := t.maxID
	if r.kind.Running() {
		last = r.last + TransferID(t.steps)
	}
	return rollup{r.account, r.kind, t.debits, t.credits, balance, last}, nil
}
