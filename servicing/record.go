package servicing

import (
	"context"

	"openlend/calendar"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/ledger"
	"openlend/loan"
)

// Fact is an event that becomes known, with who says so and why.
type Fact struct {
	loan.Event

	Maker string // principal of the actor
	Why   string // his own words, "" for none
}

// change is what happens to one locked loan in one transaction.
type change struct {
	loan  *Loan
	facts []Fact
	paid  *Payment // money that comes in with the facts, from the borrower's wallet; nil: none
}

// record is how anything happens to a disbursed loan: it appends facts to the
// events of a locked loan, replays them to the end of the business date, books
// what that changes in allocations, plans and payments, sends money on its way
// to whom it belongs now, updates the loan and announces its steps. Without a
// fact it lets the days pass: money on hold pays what has fallen due.
//
// Refusals: those of loan.Replay.
func record(ctx context.Context, tx *db.Tx, ids *id.Source, l *Loan, facts ...Fact) error {
	dates, err := ledger.ReadDates(ctx, tx)
	if err != nil {
		return err
	}
	return recordAll(ctx, tx, ids, dates.BusinessOn, []change{{loan: l, facts: facts}})
}

// recordAll is record for many loans, sorted by id, at the end of a day.
func recordAll(
	ctx context.Context, tx *db.Tx, ids *id.Source, on calendar.Date, changes []change,
) error {
	outcomes := make([]*outcome, len(changes))
	for i := range changes {
		o, err := conclude(&changes[i], on)
		if err != nil {
			return err
		}
		if p := o.paid; p != nil && p.Reference != "" { // few have one, and come one by one
			if err := refuseKnown(ctx, tx, p.Reference); err != nil {
				return err
			}
		}
		outcomes[i] = o
	}
	if err := planAll(ctx, tx, ids, outcomes); err != nil {
		return err
	}
	if err := postAll(ctx, tx, ids, outcomes); err != nil {
		return err
	}
	b := &book{}
	for _, o := range outcomes {
		b.add(o)
	}
	dates, err := ledger.ReadDates(ctx, tx)
	if err != nil {
		return err
	}
	return b.store(ctx, tx, ids, dates.BusinessOn)
}
