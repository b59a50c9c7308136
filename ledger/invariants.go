package ledger

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"openlend/internal/db"
)

// Report is what one check of the books has found. Bad is 0 when they are
// sound; Rows names the first of the bad rows.
type Report struct {
	ID     string   // of the invariant, e.g. "I03"
	Says   string   // the invariant in words
	Looked int64    // rows that were looked at
	Bad    int64    // rows that break it
	Rows   []BadRow // the first of them
	Notes  []string // what was counted and could not be checked
}

// BadRow is one row that breaks an invariant.
type BadRow struct {
	Key  string // which row
	What string // what is wrong with it
}

// CauseTable says where the causes of one type are kept, so that the books can
// be checked against the rooms that caused them. A room hands its own to Verify
// through app; types without one are counted and shown.
type CauseTable struct {
	Type     string // as in Cause
	Table    string
	Key      string // its BIGINT column that Cause.ID names
	LiveHold string // condition on columns of c, the table, under which a hold may be open
}

// VerifyOptions say what Verify has to go by. Zero values are usual.
type VerifyOptions struct {
	Causes []CauseTable
	Checks []Check // of the rooms, after the ledger's own
	Place  Place
	// Grace is how long a batch may wait for its leaf, a leaf for its head and
	// an event for its number; 0 is a minute.
	Grace time.Duration
	Rows  int // bad rows to name for each invariant; 0 is 10
	// Progress hears how many of how many rows a check has done; it may be nil.
	Progress func(done, of int64)
}

// check is one invariant. All of it runs on one snapshot.
type check struct {
	id, says string
	run      func(ctx context.Context, tx *db.Tx, x *exam) error
}

// checks are the invariants of the books in the order in which they are shown.
var checks = []check{
	{"I01", "every transfer moves between two accounts of one currency", checkAccounts},
	{"I02", "every currency sums to zero, and roll-ups recompute", checkTrialBalance},
	{"I03", "every balance is the sum of one unbroken chain of transfers", checkChains},
	{"I04", "no available or held balance is below zero", checkAvailable},
	{"I05", "what is held is the sum of the open holds", checkHeld},
	{"I06", "every open hold has a live cause", checkHoldCauses},
	{"I07", "amounts are above zero and in the currency of their accounts", checkAmounts},
	{"I08", "every cause is booked once, and it exists", checkCauses},
	{"I28", "every posting is announced, and no event waits for its number", checkEvents},
	{"I29", "every batch is a leaf, and the log and its heads recompute", checkLog},
}

// Verify checks the books and hands one report per invariant to each, in order.
// It only reads: each check has a snapshot of its own, beside any writer. An
// error means that a check could not be finished, which is not a good sign.
func Verify(
	ctx context.Context, d *db.DB, o VerifyOptions, each func(Report) error,
) error {
	if o.Grace == 0 {
		o.Grace = time.Minute
	}
	if o.Rows == 0 {
		o.Rows = 10
	}
	all := slices.Clone(checks)
	for _, c := range o.Checks {
		all = append(all, c.check())
	}
	for _, c := range all {
		r, err := db.Read(ctx, d, func(ctx context.Context, tx *db.Tx) (Report, error) {
			return c.report(ctx, tx, o)
		})
		if err != nil {
			return fmt.Errorf("%s: %w", c.id, err)
		}
		if err := each(r); err != nil {
			return err
		}
	}
	return nil
}

func (c check) report(ctx context.Context, tx *db.Tx, o VerifyOptions) (Report, error) {
	x := &exam{VerifyOptions: o, Report: Report{ID: c.id, Says: c.says}}
	err := c.run(ctx, tx, x)
	return x.Report, err
}

// exam is a check at work.
type exam struct {
	VerifyOptions
	Report
	done, of int64
}

// badf notes a row that breaks the invariant.
func (x *exam) badf(key, format string, args ...any) {
	x.Bad++
	if len(x.Report.Rows) < x.VerifyOptions.Rows {
		x.Report.Rows = append(x.Report.Rows, BadRow{key, fmt.Sprintf(format, args...)})
	}
}

// looked counts a row that was looked at and tells of progress now and then.
func (x *exam) looked() {
	x.Looked++
	x.step()
}

func (x *exam) step() {
	if x.done++; x.done%10_000 == 0 && x.Progress != nil {
		x.Progress(x.done, max(x.done, x.of))
	}
}

// count adds the number that a query finds to what was looked at.
func (x *exam) count(ctx context.Context, tx *db.Tx, query string) error {
	n, err := db.Value[int64](ctx, tx, query)
	x.Looked += n
	return err
}

// badRow is a row of a query that finds what should not be.
type badRow struct {
	id   int64
	what string
}

func scanBadRow(s db.Scanner) (r badRow, err error) {
	err = s.Scan(&r.id, &r.what)
	return r, err
}

// badRows notes every row that a query finds; key names it.
func (x *exam) badRows(
	ctx context.Context, tx *db.Tx, key func(int64) string, query string, args ...any,
) error {
	return db.Each(ctx, tx, func(s db.Scanner) error {
		r, err := scanBadRow(s)
		if err == nil {
			x.badf(key(r.id), "%s", r.what)
		}
		return err
	}, query, args...)
}

func transferKey(id int64) string { return "transfer " + TransferID(id).String() }

func accountKey(id int64) string { return "account " + AccountID(id).String() }

func eventKey(id int64) string { return "event " + strconv.FormatInt(id, 10) }

func batchKey(id int64) string { return "batch " + TransferID(id).String() }

func checkAccounts(ctx context.Context, tx *db.Tx, x *exam) error {
	if err := x.count(ctx, tx, countTransfers); err != nil {
		return err
	}
	return x.badRows(ctx, tx, transferKey, badAccounts)
}

func checkAmounts(ctx context.Context, tx *db.Tx, x *exam) error {
	for _, query := range []string{countTransfers, countHolds} {
		if err := x.count(ctx, tx, query); err != nil {
			return err
		}
	}
	if err := x.badRows(ctx, tx, transferKey, badAmounts); err != nil {
		return err
	}
	return x.badRows(ctx, tx, accountKey, badHoldAmounts)
}

func checkAvailable(ctx context.Context, tx *db.Tx, x *exam) error {
	for _, query := range []string{countAccounts, countBalances} {
		if err := x.count(ctx, tx, query); err != nil {
			return err
		}
	}
	if err := x.badRows(ctx, tx, accountKey, badAvailable); err != nil {
		return err
	}
	return x.badRows(ctx, tx, accountKey, badBalanceRows)
}

func checkHeld(ctx context.Context, tx *db.Tx, x *exam) error {
	for _, query := range []string{countBalances, countOpenHolds} {
		if err := x.count(ctx, tx, query); err != nil {
			return err
		}
	}
	return x.badRows(ctx, tx, accountKey, badHeld)
}

func checkTrialBalance(ctx context.Context, tx *db.Tx, x *exam) error {
	for _, query := range []string{countAccounts, countRollups} {
		if err := x.count(ctx, tx, query); err != nil {
			return err
		}
	}
	sums, err := db.Many(ctx, tx, scanCurrencySum, badTrialBalance)
	if err != nil {
		return err
	}
	for _, s := range sums {
		x.badf("currency "+s.currency, "credits less debits are %d, not 0", s.credit)
	}
	if err := x.badRows(ctx, tx, accountKey, badTurnover); err != nil {
		return err
	}
	return x.badRows(ctx, tx, accountKey, badRollups)
}

func checkHoldCauses(ctx context.Context, tx *db.Tx, x *exam) error {
	if err := x.badRows(ctx, tx, accountKey, badHoldAccounts); err != nil {
		return err
	}
	types, err := db.Many(ctx, tx, scanTypeCount, countOpenHoldTypes)
	if err != nil {
		return err
	}
	return x.byCauseTable(types, "open holds", func(c CauseTable) error {
		query, err := c.deadHolds()
		if err != nil {
			return err
		}
		return x.badRows(ctx, tx, c.key, query, c.Type)
	})
}

func checkCauses(ctx context.Context, tx *db.Tx, x *exam) error {
	if err := x.badRows(ctx, tx, transferKey, badCauses); err != nil {
		return err
	}
	types, err := db.Many(ctx, tx, scanTypeCount, countCauseTypes)
	if err != nil {
		return err
	}
	return x.byCauseTable(types, "transfers", func(c CauseTable) error {
		query, err := c.missing()
		if err != nil {
			return err
		}
		return x.badRows(ctx, tx, transferKey, query, c.Type)
	})
}

// announcedFor is how long a batch's event is surely kept: the outbox keeps it
// for seven days, and one is left for clocks that differ.
const announcedFor = 6 * 24 * time.Hour

// checkEvents looks for batches that nobody was told of, and for events that
// the relay has not numbered in time.
func checkEvents(ctx context.Context, tx *db.Tx, x *exam) error {
	for _, query := range []string{countBatches, countEvents} {
		if err := x.count(ctx, tx, query); err != nil {
			return err
		}
	}
	after := tx.Now().Add(-announcedFor).UnixMicro()
	if err := x.badRows(ctx, tx, batchKey, badAnnounced, after); err != nil {
		return err
	}
	before := tx.Now().Add(-x.Grace).UnixMicro()
	return x.badRows(ctx, tx, eventKey, badEvents, before)
}

func (c CauseTable) key(id int64) string { return fmt.Sprintf("%s %d", c.Type, id) }

// byCauseTable runs a check for every cause type that has a table and notes the
// others.
func (x *exam) byCauseTable(
	types []typeCount, what string, run func(CauseTable) error,
) error {
	for _, t := range types {
		x.Looked += t.count
		c, ok := x.tableOf(t.causeType)
		if !ok {
			x.Notes = append(x.Notes,
				fmt.Sprintf("%d %s of type %q have no table of causes yet", t.count, what, t.causeType))
			continue
		}
		if err := run(c); err != nil {
			return err
		}
	}
	return nil
}

// ownCauses are causes that the ledger itself keeps.
var ownCauses = []CauseTable{{Type: CauseReversal, Table: "ledger_transfer", Key: "id"}}

func (x *exam) tableOf(causeType string) (CauseTable, bool) {
	for _, c := range slices.Concat(ownCauses, x.Causes) {
		if c.Type == causeType {
			return c, true
		}
	}
	return CauseTable{}, false
}
