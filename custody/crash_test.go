package custody_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"openlend/access"
	"openlend/custody"
	"openlend/custody/banksim"
	"openlend/customer"
	"openlend/internal/clock"
	"openlend/internal/crypt"
	"openlend/internal/db"
	"openlend/internal/fault/faulttest"
	"openlend/internal/id"
	"openlend/internal/saga"
	"openlend/internal/testdb"
	"openlend/schema"
)

// What the process that is killed is told.
const (
	childURL      = "OPENLEND_CUSTODY_TEST_URL"
	childKeys     = "OPENLEND_CUSTODY_TEST_KEYS"
	childBank     = "OPENLEND_CUSTODY_TEST_BANK"
	childRun      = "OPENLEND_CUSTODY_TEST_RUN"
	childCustomer = "OPENLEND_CUSTODY_TEST_CUSTOMER"
)

// TestMain lets the test binary be the process that is killed.
func TestMain(m *testing.M) {
	if os.Getenv(childURL) == "" {
		_ = flag.Set("rapid.checks", "40") // each has transactions of its own
		os.Exit(m.Run())
	}
	run, errRun := strconv.Atoi(os.Getenv(childRun))
	who, errWho := strconv.ParseInt(os.Getenv(childCustomer), 10, 64)
	w := worker{url: os.Getenv(childURL), keys: os.Getenv(childKeys), bank: os.Getenv(childBank),
		run: run}
	if err := errors.Join(errRun, errWho, w.withdraw(customer.ID(who))); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// worker is a process that pays out. Its clock and ids are those of its run, and
// later ones when it goes on after a crash: then the claims of the dead process
// have ended.
type worker struct {
	url, keys, bank string
	run             int
	late            time.Duration
}

// withdraw brings one withdrawal of a customer to its end, from wherever it was
// left.
func (w worker) withdraw(who customer.ID) error {
	ctx := context.Background()
	now := clock.NewManual(morning.AddDate(0, 0, 1+w.run).Add(w.late))
	d, err := schema.Open(ctx, db.Options{URL: w.url, Clock: now})
	if err != nil {
		return err
	}
	vault, err := crypt.Open(ctx, crypt.Options{URL: "sqlite:" + filepath.Join(w.keys, "vault.db"),
		KeyFile: filepath.Join(w.keys, "kek.json"), Clock: now})
	if err != nil {
		return errors.Join(err, d.Close())
	}
	bank, err := custody.NewBank(custody.BankOptions{URL: w.bank, Clock: now})
	if err != nil {
		return errors.Join(err, vault.Close(), d.Close())
	}
	ids := id.NewSeeded(now.Now())
	engine := &saga.Engine{DB: d, Wall: now, Workers: 1, Holder: id.Holder(),
		Definitions: custody.Sagas(d, ids, bank, vault)}
	poller := &custody.Poller{DB: d, IDs: ids, Bank: bank, Vault: vault, Wall: now,
		Holder: id.Holder()}
	err = w.toTheEnd(ctx, d, ids, who, func() error {
		now.Advance(time.Minute)
		if _, err := engine.RunDue(ctx); err != nil {
			return err
		}
		return poller.Once(ctx)
	})
	return errors.Join(err, vault.Close(), d.Close())
}

// toTheEnd asks for a withdrawal, unless there is one, and waits for its end.
func (w worker) toTheEnd(
	ctx context.Context, d *db.DB, ids *id.Source, who customer.ID, wait func() error,
) error {
	for range 20 {
		p, err := db.Write(ctx, d, func(ctx context.Context, tx *db.Tx) (custody.Payout, error) {
			actor := access.Customer(int64(who))
			all, err := custody.ListPayouts(ctx, tx, actor, custody.PayoutQuery{Customer: who})
			if err != nil || len(all) > 0 {
				return all[0], err
			}
			return custody.RequestWithdrawal(ctx, tx, ids, actor,
				custody.NewWithdrawal{Customer: who, Amount: eur(4_000)})
		})
		if err != nil || len(p.State.Steps()) == 0 || p.State == custody.PayoutSettled {
			return err
		}
		if err := wait(); err != nil {
			return err
		}
	}
	return errors.New("the payout does not come to an end")
}

// ticking is the bank's own clock: it goes on by a second whenever it is asked.
type ticking struct{ seconds atomic.Int64 }

func (c *ticking) Now() time.Time {
	return morning.Add(time.Duration(c.seconds.Add(1)) * time.Second)
}

// A process killed before or after any commit and any call of a payout is gone
// on from by another: the bank pays once, under one number, and the books say so.
// The bank loses the first order and the answer to the next one, so that the way
// is as long as it can be.
func TestPayoutKilledAtEveryPoint(t *testing.T) {
	t.Parallel()
	const most = 30 // points that a payout may pass
	testdb.EachURL(t, func(t *testing.T, url string) {
		sim, bank := serve(t, banksim.Options{Clock: &ticking{}})
		keys := t.TempDir()
		var owners []owner
		t.Run("before", func(t *testing.T) { // the children need the database for themselves
			b := newTill(t, url, keys, bank, clock.NewManual(morning))
			b.sim = sim
			b.start()
			for range most {
				owners = append(owners, b.anna())
				o := owners[len(owners)-1]
				b.account(o, 0)
				b.payIn(10_000, o.ID.String(), o.name)
			}
			b.poll()
		})
		misbehave := func() {
			sim.Behave()
			sim.Script(banksim.Fault{On: "send", Kind: "lost"}, banksim.Fault{On: "send", Kind: "error"})
		}
		points := faulttest.EachPoint(t, func(run int) *exec.Cmd {
			misbehave()
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), childURL+"="+url, childKeys+"="+keys, childBank+"="+bank,
				childRun+"="+strconv.Itoa(run),
				childCustomer+"="+strconv.FormatInt(int64(owners[run].ID), 10))
			return cmd
		}, func(run int, point string) {
			w := worker{url: url, keys: keys, bank: bank, run: run, late: time.Hour}
			if err := w.withdraw(owners[run].ID); err != nil {
				t.Errorf("%s: %v", point, err)
			}
		})
		for _, must := range []string{"payout.before-send#2", "payout.after-send#2",
			"payout.before-record#2", "payout.after-record#2", "payout.after-try#2"} {
			if !slices.Contains(points, must) {
				t.Errorf("%s is not passed: %v", must, points)
			}
		}
		t.Run("after", func(t *testing.T) {
			b := newTill(t, url, keys, bank, clock.NewManual(morning.AddDate(1, 0, 0)))
			b.sim = sim
			sim.Behave()
			b.poll()
			if n := len(sim.Orders()); n != len(points)+1 {
				b.Errorf("the bank has %d orders after %d runs", n, len(points)+1)
			}
			for _, o := range owners[:len(points)+1] {
				b.mustHave(o.ID, 6_000, 0)
			}
			b.mustHold()
		})
	})
}
