package db_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"openlend/internal/db"
	"openlend/internal/pgproxy"
)

type (
	fault       = pgproxy.Fault
	transaction = pgproxy.Transaction
)

func answer(severity, code string) *pgproto3.ErrorResponse {
	return &pgproto3.ErrorResponse{
		Severity: severity, SeverityUnlocalized: severity, Code: code, Message: "as asked",
	}
}

// idempotent puts an item whatever an earlier run may have done.
func idempotent(id int64) work {
	return func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO item (id, amount) VALUES ($1, 5) ON CONFLICT DO NOTHING`, id)
		return err
	}
}

// Whatever becomes of one COMMIT, a closure under a unique key made outside of
// it succeeds, and its row is there once.
func TestALostCommit(t *testing.T) {
	p, raw := pgproxy.Start(t, newPostgres(t).App)
	d := open(t, db.Options{URL: raw, Settle: time.Minute})
	for i, c := range []struct {
		name  string
		fault fault
		runs  int
	}{
		{"cut after it", fault{Execute: true}, 2},
		{"cut before it", fault{}, 2},
		{"serialization failure", fault{Answer: answer("ERROR", "40001")}, 2},
		{"completion unknown, done", fault{Execute: true, Answer: answer("ERROR", "40003")}, 2},
		{"completion unknown, not done", fault{Answer: answer("ERROR", "40003")}, 2},
		{"shutdown, done", fault{Execute: true, Answer: answer("FATAL", "57P01")}, 2},
		{"shutdown, not done", fault{Answer: answer("FATAL", "57P01")}, 2},
		{"crash, done", fault{Execute: true, Answer: answer("FATAL", "57P02")}, 2},
		{"panic on a full disk, done", fault{Execute: true, Answer: answer("PANIC", "53100")}, 2},
		{"connection failure, done", fault{Execute: true, Answer: answer("ERROR", "08006")}, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			p.InjectOnce(&c.fault)
			var fates []bool
			runs := 0
			must(t, write(t.Context(), d, func(ctx context.Context, tx *db.Tx) error {
				tx.OnDone(func(committed bool) { fates = append(fates, committed) })
				runs++
				return idempotent(int64(i))(ctx, tx)
			}))
			if runs != c.runs || !slices.Equal(fates, []bool{false, true}) {
				t.Errorf("%d runs with the fates %v", runs, fates)
			}
			if got := items(t, d); !slices.Equal(got, upTo(int64(i))) {
				t.Errorf("there is %v", got)
			}
		})
	}
	if n := p.Cancels.Load(); n != 0 {
		t.Errorf("%d COMMITs were asked to be cancelled", n)
	}
}

func upTo(n int64) (ids []int64) {
	for i := range n + 1 {
		ids = append(ids, i)
	}
	return ids
}

// A COMMIT that certainly did nothing is an error like any other.
func TestARefusedCommit(t *testing.T) {
	p, raw := pgproxy.Start(t, newPostgres(t).App)
	d := open(t, db.Options{URL: raw, MaxConns: 1})
	p.InjectOnce(&fault{Answer: answer("ERROR", "23503")}) // a deferred foreign key
	if err := write(t.Context(), d, putOne(1)); !db.IsCheck(err) {
		t.Errorf("got %v", err)
	}
	p.Inject(func(*transaction) *fault { return &fault{Answer: answer("ERROR", "40001")} })
	err := write(t.Context(), d, putOne(1))
	if !errors.Is(err, db.ErrBusy) || p.Commits.Load() != 9 {
		t.Errorf("%d commits, %v", p.Commits.Load(), err)
	}
	if got := items(t, d); len(got) != 0 {
		t.Errorf("there is %v", got)
	}
}

// After a lost COMMIT nothing that a later run says is an answer, but success.
func TestAnErrorAfterALostCommitIsNoAnswer(t *testing.T) {
	p, raw := pgproxy.Start(t, newPostgres(t).App)
	d := open(t, db.Options{URL: raw, Settle: time.Minute})
	spend := func(id int64) work { // all that item 1000 has
		return func(ctx context.Context, tx *db.Tx) error {
			n, err := tx.Exec(ctx, `UPDATE item SET amount = amount - 5 WHERE id = 1000 AND amount >= 5`)
			if err == nil && n == 0 {
				err = errRefused
			}
			return errors.Join(err, put(ctx, tx, id))
		}
	}
	lookUp := func(id int64) work { // as the ledger does
		return func(ctx context.Context, tx *db.Tx) error {
			if tx.Attempt() > 0 {
				if _, err := db.Value[int64](ctx, tx, `SELECT id FROM item WHERE id = $1`, id); err == nil {
					return nil
				}
			}
			err := put(ctx, tx, id)
			if db.IsDuplicate(err) {
				return db.Again("it is there")
			}
			return err
		}
	}
	for i, c := range []struct {
		name    string
		closure func(id int64) work
		execute bool
		want    error
	}{
		{"taken key", putOne, true, db.ErrOutcomeUnknown},
		{"taken key of its own making", putOne, false, nil},
		{"refusal of its own making", spend, true, db.ErrOutcomeUnknown},
		{"no refusal", spend, false, nil},
		{"looks itself up", lookUp, true, nil},
		{"looks itself up in vain", lookUp, false, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			must(t, write(t.Context(), d, func(ctx context.Context, tx *db.Tx) error {
				_, err := tx.Exec(ctx, `INSERT INTO item (id, amount) VALUES (1000, 5)
					ON CONFLICT (id) DO UPDATE SET amount = 5`)
				return err
			}))
			p.InjectOnce(&fault{Execute: c.execute})
			err := write(t.Context(), d, c.closure(int64(i)))
			if !errors.Is(err, c.want) || errors.Is(err, errRefused) || db.IsDuplicate(err) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if got := items(t, d); !slices.Equal(got, append(upTo(int64(i)), 1000)) {
				t.Errorf("there is %v", got)
			}
		})
	}
	t.Run("panic", func(t *testing.T) {
		p.InjectOnce(&fault{Execute: true})
		what := panicOf(func() {
			_ = write(t.Context(), d, func(ctx context.Context, tx *db.Tx) error {
				if tx.Attempt() > 0 {
					panic("my own")
				}
				return put(ctx, tx, 99)
			})
		})
		if !strings.Contains(what, "my own") {
			t.Errorf("panicked with %q", what)
		}
	})
}

// A server that stays away longer than Settle: the outcome is unknown, never
// failed, and told in time; the truth is one of the two.
func TestAServerThatStaysAway(t *testing.T) {
	p, raw := pgproxy.Start(t, newPostgres(t).App)
	raw = with(raw, "connect_timeout", "1")
	d := open(t, db.Options{URL: raw, Settle: 300 * time.Millisecond, MaxConns: 1})
	want := []int64{}
	for i, c := range []struct {
		execute bool
		away    int32
	}{
		{true, pgproxy.Refusing}, {false, pgproxy.Refusing},
		{true, pgproxy.Silent}, {false, pgproxy.Silent},
	} {
		t.Run(fmt.Sprintf("done %v, away %d", c.execute, c.away), func(t *testing.T) {
			defer p.Away.Store(pgproxy.Here)
			id := int64(i)
			p.InjectOnce(&fault{Execute: c.execute, Then: c.away})
			err := write(t.Context(), d, idempotent(id))
			if !errors.Is(err, db.ErrOutcomeUnknown) {
				t.Errorf("got %v", err)
			}
			p.Away.Store(pgproxy.Here)
			if c.execute {
				want = append(want, id)
			}
			if got := items(t, d); !slices.Equal(got, want) {
				t.Errorf("there is %v, want %v", got, want)
			}
			must(t, write(t.Context(), d, idempotent(id))) // the caller asks again
			if !c.execute {
				want = append(want, id)
			}
			if got := items(t, d); !slices.Equal(got, want) {
				t.Errorf("there is %v, want %v", got, want)
			}
		})
	}
	p.Away.Store(pgproxy.Refusing)
	defer p.Away.Store(pgproxy.Here)
	ended := p.Cut()
	if err := write(t.Context(), d, putOne(100)); !errors.Is(err, db.ErrUnavailable) ||
		errors.Is(err, db.ErrOutcomeUnknown) {
		t.Errorf("before any COMMIT (%d links cut): %v", ended, err)
	}
}

// The end of the caller's context does not touch a COMMIT under way, nor the
// search for one that was lost.
func TestACallerWhoGivesUpDuringCommit(t *testing.T) {
	p, raw := pgproxy.Start(t, newPostgres(t).App)
	d := open(t, db.Options{URL: raw, Settle: time.Minute})
	for i, f := range []fault{{Execute: true}, {Execute: false}} {
		ctx, cancel := context.WithCancel(t.Context())
		f.Meantime = cancel
		p.InjectOnce(&f)
		must(t, write(ctx, d, idempotent(int64(i))))
	}
	ctx, cancel := context.WithCancel(t.Context())
	p.Inject(func(*transaction) *fault { cancel(); return nil })
	must(t, write(ctx, d, putOne(2)))
	if got := items(t, d); !slices.Equal(got, upTo(2)) {
		t.Errorf("there is %v", got)
	}
	if n := p.Cancels.Load(); n != 0 {
		t.Errorf("%d COMMITs were asked to be cancelled", n)
	}
}

// A statement, unlike a COMMIT, is cancelled on the server when its caller
// gives up: it must not hold locks for nobody.
func TestAStatementIsCancelled(t *testing.T) {
	u := newPostgres(t)
	p, raw := pgproxy.Start(t, u.App)
	d := open(t, db.Options{URL: raw})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err := write(ctx, d, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `SELECT pg_sleep(600)`)
		return err
	})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	for p.Cancels.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
}

// 1,000 writes through a link that is cut at 1 to 5 % of the COMMITs, before or
// after they are done: every write is acknowledged and its work done once.
func TestAThousandWritesOnABadLink(t *testing.T) {
	const n, seed = 1000, 20261122
	t.Logf("seed %d", seed)
	p, raw := pgproxy.Start(t, newPostgres(t).App)
	d := open(t, db.Options{URL: raw, Settle: time.Minute})
	must(t, write(t.Context(), d, putOne(-1))) // counts in amount
	var mu sync.Mutex
	random := rand.New(rand.NewPCG(seed, 0))
	var lost, done int
	p.Inject(func(*transaction) *fault {
		mu.Lock()
		defer mu.Unlock()
		if random.IntN(100) >= 1+random.IntN(5) { // 1 to 5 in a hundred
			return nil
		}
		lost++
		f := &fault{Execute: random.IntN(2) == 0}
		if f.Execute {
			done++
		}
		return f
	})
	var next, runs atomic.Int64
	crowd(16, func(int) {
		for id := next.Add(1); id <= n; id = next.Add(1) {
			err := write(t.Context(), d, func(ctx context.Context, tx *db.Tx) error {
				runs.Add(1)
				put, err := tx.Exec(ctx, `INSERT INTO item (id, amount) VALUES ($1, 0)
					ON CONFLICT DO NOTHING`, id)
				if err != nil || put == 0 {
					return err
				}
				_, err = tx.Exec(ctx, `UPDATE item SET amount = amount + 1 WHERE id = -1`)
				return err
			})
			if err != nil {
				t.Errorf("write %d: %v", id, err)
			}
		}
	})()
	p.Inject(func(*transaction) *fault { return nil })
	if got := items(t, d); !slices.Equal(got, append([]int64{-1}, upTo(n)[1:]...)) {
		t.Errorf("there are %d items", len(got))
	}
	must(t, read(t.Context(), d, func(ctx context.Context, tx *db.Tx) error {
		counted, err := db.Value[int64](ctx, tx, `SELECT amount FROM item WHERE id = -1`)
		if counted != 5+n {
			t.Errorf("%d writes were counted %d times", n, counted-5)
		}
		return err
	}))
	t.Logf("%d COMMITs lost their answer, %d of them were done; %d runs for %d writes",
		lost, done, runs.Load(), n)
	if lost < n/100 {
		t.Errorf("only %d COMMITs were lost: this shows nothing", lost)
	}
	if c := p.Cancels.Load(); c != 0 {
		t.Errorf("%d COMMITs were asked to be cancelled", c)
	}
}
