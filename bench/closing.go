package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"openlend/access"
	"openlend/calendar"
	"openlend/closing"
	"openlend/internal/clock"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/ledger"
	"openlend/servicing"
)

// Closing measures the end of a business date with so many loans, a twentieth of
// which are due and collected, against the bulk insert of the rows that it
// leaves.
func Closing(
	ctx context.Context, c Config, loans int, progress func(done, of int),
) ([]Figure, error) {
	w, err := openWorld(ctx, c, benchLenders)
	if err != nil {
		return nil, err
	}
	figures, err := newCountry(w).measureClosing(ctx, c, loans, progress)
	return figures, errors.Join(err, w.close())
}

const (
	fewHolders = 20
	dueEvery   = 20 // one loan of so many is due
)

func (n *country) measureClosing(
	ctx context.Context, c Config, loans int, progress func(done, of int),
) ([]Figure, error) {
	borrower := n.lenders[len(n.lenders)-1]
	if err := n.giveBankAccount(ctx, borrower, benchName); err != nil {
		return nil, err
	}
	due, err := n.lend(ctx, borrower, fewHolders)
	if err != nil {
		return nil, err
	}
	dates, err := db.Read(ctx, n.db, ledger.ReadDates)
	if err != nil {
		return nil, err
	}
	dueOn := due.NextDueOn
	if err := n.today(ctx, dates.BusinessOn.Days(15)); err != nil {
		return nil, err
	}
	later, err := n.lend(ctx, borrower, fewHolders)
	if err != nil {
		return nil, err
	}
	if err := n.portfolio(ctx, due, later, loans, progress); err != nil {
		return nil, err
	}
	if _, err := n.closeThrough(ctx, dueOn.Days(-1)); err != nil {
		return nil, err
	}
	before, err := n.ids.Next()
	if err != nil {
		return nil, err
	}
	took, err := n.closeThrough(ctx, dueOn)
	if err != nil {
		return nil, err
	}
	return n.closingFigures(ctx, c, loans, before, took)
}

// portfolio clones the two loans: one of dueEvery is due.
func (n *country) portfolio(
	ctx context.Context, due, later servicing.Loan, loans int, progress func(done, of int),
) error {
	first, err := n.newTemplate(ctx, due)
	if err != nil {
		return err
	}
	second, err := n.newTemplate(ctx, later)
	if err != nil {
		return err
	}
	const piece = 200
	for done := 0; done < loans; done += piece {
		share := piece / dueEvery
		if err := n.clone(ctx, first, done, share); err != nil {
			return err
		}
		if err := n.clone(ctx, second, done+share, piece-share); err != nil {
			return err
		}
		progress(done+piece, loans)
	}
	return nil
}

// closeThrough closes dates up to one and returns how many seconds that took.
func (n *country) closeThrough(ctx context.Context, on calendar.Date) (float64, error) {
	c := closing.Closer{DB: n.db, IDs: n.ids, Wall: clock.System{}, Holder: id.Holder(),
		Steps: closing.Steps(n.db, n.ids, nil)}
	watch := clock.Start()
	_, err := c.CloseDay(ctx, on, closing.Options{Actor: access.System("closing"), Early: true})
	return watch.Elapsed().Seconds(), err
}

// closingFigures compares the closing with the bulk insert of the rows that it
// has left, a thousand in a transaction.
func (n *country) closingFigures(
	ctx context.Context, c Config, loans int, before int64, took float64,
) ([]Figure, error) {
	rss := residentMB()
	if err := n.asOwner(ctx, func(owner *db.DB, app string) error {
		return makeCopies(ctx, owner, app, paymentTables)
	}); err != nil {
		return nil, err
	}
	left := &rowLimit{db: n.db}
	if err := n.capture(ctx, left, paymentRows(before)); err != nil {
		return nil, err
	}
	watch := clock.Start()
	rows, err := left.insertInPieces(ctx)
	if err != nil {
		return nil, err
	}
	limit := watch.Elapsed().Seconds()
	return []Figure{{
		Name: fmt.Sprintf("closing.%d_loans", loans), Engine: string(c.Engine), Value: took,
		Unit: "s", Limit: limit, Of: "bulk insert of the rows", Ratio: took / limit, RSS: rss,
		Note: fmt.Sprintf("%d due and collected, %d rows; at most 4 times is asked",
			loans/dueEvery, rows),
	}}, nil
}

// insertInPieces inserts every row once, limitBatch in a transaction.
func (l *rowLimit) insertInPieces(ctx context.Context) (rows int, err error) {
	for i := range l.tables {
		t := &l.tables[i]
		for piece := range slices.Chunk(t.rows, limitBatch) {
			_, err := db.Write(ctx, l.db, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
				return struct{}{}, t.copied.Fill(ctx, tx, piece)
			})
			if err != nil {
				return rows, err
			}
			rows += len(piece)
		}
	}
	return rows, nil
}
