package servicing

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"testing"
	"time"

	"openlend/custody"
	"openlend/internal/clock"
	"openlend/internal/db"
	"openlend/internal/fault/faulttest"
	"openlend/internal/id"
	"openlend/internal/saga"
	"openlend/internal/testdb"
	"openlend/ledger"
	"openlend/market"
	"openlend/schema"
)

// What the process that is killed is told: which database, the number of its run,
// what to do and with what.
const (
	childURL     = "OPENLEND_SERVICING_TEST_URL"
	childRun     = "OPENLEND_SERVICING_TEST_RUN"
	childWork    = "OPENLEND_SERVICING_TEST_WORK"
	childSubject = "OPENLEND_SERVICING_TEST_SUBJECT"
)

// works are what is done by processes that are killed: each may be begun again
// from wherever it was left, and then ends as if nothing had happened.
var works = map[string]func(w *worker, subject int64) error{
	"settled":  func(w *worker, n int64) error { return w.disburse(n, custody.OutcomeSettled) },
	"rejected": func(w *worker, n int64) error { return w.disburse(n, custody.OutcomeRejected) },
	"bounced":  func(w *worker, n int64) error { return w.bounce(LoanID(n)) },
	"allotted": (*worker).allot,
	"unwound":  (*worker).unwind,
}

// TestMain lets the test binary be the process that is killed.
func TestMain(m *testing.M) {
	url := os.Getenv(childURL)
	if url == "" {
		os.Exit(m.Run())
	}
	if err := beChild(url); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func beChild(url string) error {
	run, err := strconv.Atoi(os.Getenv(childRun))
	if err != nil {
		return err
	}
	subject, err := strconv.ParseInt(os.Getenv(childSubject), 10, 64)
	if err != nil {
		return err
	}
	w, err := newWorker(context.Background(), url, run, 0)
	if err != nil {
		return err
	}
	return errors.Join(works[os.Getenv(childWork)](w, subject), w.db.Close())
}

// worker is a process that drives sagas. Its clock and ids are those of its run,
// and later ones when it goes on after a crash: then the claims of the dead
// process have ended.
type worker struct {
	ctx   context.Context
	db    *db.DB
	ids   *id.Source
	run   int
	sagas *saga.Engine
}

func newWorker(ctx context.Context, url string, run int, late time.Duration) (*worker, error) {
	now := clock.NewManual(time.Date(2026, 1, 1+run, 9, 0, 0, 0, time.UTC).Add(late))
	d, err := schema.Open(ctx, db.Options{URL: url, Clock: now})
	if err != nil {
		return nil, err
	}
	w := &worker{ctx: ctx, db: d, ids: id.NewSeeded(now.Now()), run: run}
	w.sagas = &saga.Engine{DB: d, Wall: now, Workers: 1, Holder: "worker",
		Definitions: slices.Concat(Sagas(w.ids), market.Sagas(w.ids))}
	return w, nil
}

func (w *worker) do(fn func(context.Context, *db.Tx) error) error {
	_, err := db.Write(w.ctx, w.db, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
		return struct{}{}, fn(ctx, tx)
	})
	return err
}

func (w *worker) drive() error {
	_, err := w.sagas.RunDue(w.ctx)
	return err
}

// disburse opens the loan of a listing and pays it out, or not, as the bank says.
func (w *worker) disburse(listing int64, word custody.Outcome) error {
	var l Loan
	err := w.do(func(ctx context.Context, tx *db.Tx) (err error) {
		l, err = OpenLoan(ctx, tx, w.ids, market.ListingID(listing))
		return err
	})
	if err == nil {
		err = w.drive()
	}
	if err != nil {
		return err
	}
	err = w.do(func(ctx context.Context, tx *db.Tx) error {
		p, err := custody.PayoutFor(ctx, tx, custody.PurposeDisbursement, int64(l.ID))
		if err != nil {
			return err
		}
		r := custody.Result{Outcome: word, Amount: p.Amount, Reason: "as it is"}
		if word == custody.OutcomeSettled {
			r.Line = int64(1_000_000 + w.run)
		}
		if err := custody.ApplyBankResult(ctx, tx, w.ids, p.RequestNo, r); err != nil {
			return err
		}
		return saga.Wake(ctx, tx, SagaDisbursement, int64(l.ID))
	})
	return errors.Join(err, w.drive())
}

// A process killed before or after any commit of a disbursement is gone on from
// by another: the bank is asked once, and the loan runs, or everybody has his
// money back.
func TestDisbursementKilledAtEveryPoint(t *testing.T) {
	least := map[string]int{"settled": 10, "rejected": 16} // points that a work passes
	testdb.EachURL(t, func(t *testing.T, url string) {
		listings := map[string][]market.ListingID{}
		t.Run("before", func(t *testing.T) { // the children need the database for themselves
			b := newTown(t, url)
			for work, points := range least {
				for range points + 4 {
					listings[work] = append(listings[work], b.allotted(300, 9_700))
				}
			}
		})
		ended, first := map[string][]market.ListingID{}, 0
		for work, points := range least {
			runs := crashEverywhere(t, url, work, first, listings[work])
			if runs < points {
				t.Errorf("%s passes only %d points", work, runs)
			}
			ended[work] = listings[work][:runs+1]
			first += 100
		}
		t.Run("after", func(t *testing.T) {
			b := openTown(t, url, time.Date(2027, 1, 1, 9, 0, 0, 0, time.UTC))
			for _, listing := range ended["settled"] {
				b.mustRun(listing)
			}
			for _, listing := range ended["rejected"] {
				b.mustBeUndone(listing)
			}
			b.sound()
		})
	})
}

// crashEverywhere kills a work at every point, on a listing of its own each time,
// and has it gone on with. Its runs are numbered from first. It returns how many
// points there were.
func crashEverywhere(
	t *testing.T, url, work string, first int, listings []market.ListingID,
) int {
	t.Helper()
	command := func(run int) *exec.Cmd {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childURL+"="+url, childWork+"="+work,
			childRun+"="+strconv.Itoa(first+run),
			childSubject+"="+strconv.FormatInt(int64(listings[run]), 10))
		return cmd
	}
	points := faulttest.EachPoint(t, command, func(run int, point string) {
		w, err := newWorker(t.Context(), url, first+run, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		if err := works[work](w, int64(listings[run])); err != nil {
			t.Errorf("%s: %s: %v", work, point, err)
		}
		if err := w.db.Close(); err != nil {
			t.Error(err)
		}
	})
	return len(points)
}

// mustHavePaid counts the payouts of a loan.
func (b *town) mustHavePaid(n LoanID, want custody.PayoutState) {
	b.Helper()
	payouts := must(b, func(ctx context.Context, tx *db.Tx) ([]string, error) {
		return db.Values[string](ctx, tx, `SELECT state FROM custody_payout
			WHERE purpose = 'disbursement' AND subject = $1`, int64(n))
	})
	if !slices.Equal(payouts, []string{string(want)}) {
		b.Errorf("payouts %v", payouts)
	}
}

func (b *town) mustRun(listing market.ListingID) {
	b.Helper()
	l := b.opened(listing)
	if l.State != StateActive || l.Outstanding != 10_000 || l.Notes != 2 {
		b.Errorf("%+v", l)
	}
	b.mustHold(l.ID, 10_000, "active")
	b.mustHavePaid(l.ID, custody.PayoutSettled)
}

func (b *town) mustBeUndone(listing market.ListingID) {
	b.Helper()
	l := b.opened(listing)
	if l.State != StateCancelled || b.balance(ledger.Escrow, int64(listing)) != 0 {
		b.Errorf("%+v", l)
	}
	b.mustHold(l.ID, 0, "cancelled")
	b.mustHavePaid(l.ID, custody.PayoutRejected)
	refunds := must(b, func(ctx context.Context, tx *db.Tx) (int64, error) {
		return db.Value[int64](ctx, tx, `SELECT COUNT(*) FROM ledger_transfer t
			JOIN market_bid m ON m.id = t.cause_id
			WHERE t.cause_type = 'refund' AND m.listing_id = $1`, int64(listing))
	})
	if refunds != 2 {
		b.Errorf("%d refunds", refunds)
	}
}
