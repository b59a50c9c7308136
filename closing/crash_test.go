package closing

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

	"openlend/calendar"
	"openlend/customer"
	"openlend/internal/clock"
	"openlend/internal/db"
	"openlend/internal/fault/faulttest"
	"openlend/internal/id"
	"openlend/internal/testdb"
	"openlend/ledger"
	"openlend/money"
	"openlend/schema"
	"openlend/servicing"
)

// What the process that is killed is told.
const (
	childURL = "OPENLEND_CLOSING_TEST_URL"
	childRun = "OPENLEND_CLOSING_TEST_RUN"
)

// openCloser opens the database at noon of the day after the one to be closed,
// with steps of every kind and those of the platform.
func openCloser(ctx context.Context, url string, run int, late time.Duration) (*Closer, error) {
	now := clock.NewManual(noon.AddDate(0, 0, run+2))
	d, err := schema.Open(ctx, db.Options{URL: url, Clock: now})
	if err != nil {
		return nil, err
	}
	wall := clock.NewManual(clock.System{}.Now().Add(late))
	ids, err := id.Open(ctx, d, wall)
	if err != nil {
		return nil, err
	}
	steps := []Step{
		pieces(ids, "pieces", 2), things(ids, "things", 3, bad), job(d, ids, "job"),
	}
	return &Closer{DB: d, IDs: ids, Wall: wall, Holder: id.Holder(),
		Steps: append(steps, Steps(d, ids, nil)...)}, nil
}

func bad(item int64) error {
	if item == 2 {
		return errors.New("broken")
	}
	return nil
}

func (c *Closer) shut(ctx context.Context) error {
	return errors.Join(c.IDs.Close(ctx), c.DB.Close())
}

// beChild closes the date of its run.
func beChild(url string) error {
	ctx := context.Background()
	run, err := strconv.Atoi(os.Getenv(childRun))
	if err != nil {
		return err
	}
	c, err := openCloser(ctx, url, run, 0)
	if err != nil {
		return err
	}
	_, err = c.CloseDay(ctx, first.Days(run+1), closer)
	return errors.Join(err, c.shut(ctx))
}

// A closing that is killed before or after any commit goes on where it was: each
// thing is done once, the report counts it once, the date is sealed. A loan that
// is due every day is collected once for each and its holders are paid once.
func TestKilledAtEveryPoint(t *testing.T) {
	t.Parallel()
	testdb.EachURL(t, func(t *testing.T, url string) {
		n, borrower := setUp(t, url)
		command := func(run int) *exec.Cmd {
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), childURL+"="+url, childRun+"="+strconv.Itoa(run))
			return cmd
		}
		points := faulttest.EachPoint(t, command, func(run int, point string) {
			c := resume(t, url, run, point)
			hasPaid(t, c, n, borrower, run, point)
			if err := c.shut(context.WithoutCancel(t.Context())); err != nil {
				t.Error(err)
			}
		})
		if len(points) < 50 || len(points) >= days {
			t.Errorf("only %d points: %v", len(points), points)
		}
	})
}

// lent is the principal of a loan that is repaid in a hundred days.
const lent, days = 120_000, 100

// setUp starts a town with a loan, whose borrower has money for all of it, and
// closes the first date, on which nothing is due.
func setUp(t *testing.T, url string) (servicing.LoanID, customer.ID) {
	t.Helper()
	c, err := openCloser(t.Context(), url, -1, 0)
	if err != nil {
		t.Fatal(err)
	}
	city := newTown(t, c.DB, c.IDs, c.Wall, "1 day")
	city.terms = days
	l := city.disbursed(60_000, 40_000, 20_000)
	city.deposit(city.borrower, 2*lent)
	o := closer
	o.Early = true
	if _, err := c.CloseDay(t.Context(), first, o); err != nil {
		t.Fatal(err)
	}
	if err := c.shut(t.Context()); err != nil {
		t.Fatal(err)
	}
	return l.ID, city.borrower
}

// resume goes on when the lease of the dead process has ended, and checks what
// came of the date.
func resume(t *testing.T, url string, run int, point string) *Closer {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	c, err := openCloser(ctx, url, run, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	on := first.Days(run + 1)
	if _, err = c.CloseDay(ctx, on, closer); err != nil && !errors.Is(err, ErrNothing) {
		t.Fatalf("killed at %s: %v", point, err)
	}
	got, err := db.Read(ctx, c.DB, func(ctx context.Context, tx *db.Tx) (Run, error) {
		dates, err := ledger.ReadDates(ctx, tx)
		if err != nil || dates.SealedThrough != on || dates.BusinessOn != on.Days(1) {
			t.Errorf("killed at %s: dates %+v, %v", point, dates, err)
		}
		return GetRun(ctx, tx, on)
	})
	if err != nil || got.State != Done || len(got.Steps) != len(c.Steps) {
		t.Errorf("killed at %s: report %+v, %v", point, got, err)
	}
	want := []string{"{2 4 2 0}", "{3 3 2 1}"}
	for i, s := range got.Steps[:2] {
		if fmt.Sprint(s.Counts) != want[i] {
			t.Errorf("killed at %s: %s counts %v, want %s", point, s.Name, s.Counts, want[i])
		}
	}
	hasNotes(t, c, on, point)
	return c
}

// hasPaid checks that the loan was collected once for each day.
func hasPaid(
	t *testing.T, c *Closer, n servicing.LoanID, borrower customer.ID, run int, point string,
) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	_, err := db.Write(ctx, c.DB, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
		l, err := servicing.GetLoan(ctx, tx, n)
		if err != nil {
			return struct{}{}, err
		}
		paid := int64(run + 1)
		if want := lent - paid*lent/days; l.Outstanding != want || l.Arrears != 0 ||
			l.NextDueOn != first.Days(run+2) {
			t.Errorf("killed at %s: the loan is %+v, %d should be outstanding", point, l, want)
		}
		got, err := db.One(ctx, tx, func(s db.Scanner) (p [3]int64, err error) {
			return p, s.Scan(&p[0], &p[1], &p[2])
		}, `SELECT COUNT(*), CAST(SUM(amount) AS BIGINT),
			(SELECT CAST(SUM(posted) AS BIGINT) FROM servicing_distribution WHERE state = 'done')
			FROM servicing_payment`)
		if err != nil {
			return struct{}{}, err
		}
		wallet, err := customer.WalletOf(ctx, tx, c.IDs, borrower, money.EUR)
		spent := 2*lent - wallet.Posted
		if want := [3]int64{paid, spent, spent}; got != want {
			t.Errorf("killed at %s: payments, their sum and what was distributed are %v, want %v",
				point, got, want)
		}
		if err != nil {
			return struct{}{}, err
		}
		return struct{}{}, nil
	})
	if err != nil {
		t.Error(err)
	}
}

// hasNotes checks that each thing was done once on the date.
func hasNotes(t *testing.T, c *Closer, on calendar.Date, point string) {
	t.Helper()
	for topic, want := range map[string][]string{
		"pieces": {on.String() + " 1", on.String() + " 2"},
		"things": {on.String() + " 1", on.String() + " 3"},
		"job":    {on.String()},
	} {
		got, err := notes(context.WithoutCancel(t.Context()), c.DB, topic)
		if err != nil {
			t.Fatal(err)
		}
		got = slices.DeleteFunc(got, func(key string) bool { return key[:10] != on.String() })
		if !slices.Equal(got, want) {
			t.Errorf("killed at %s: %s did %v, want %v", point, topic, got, want)
		}
	}
}
