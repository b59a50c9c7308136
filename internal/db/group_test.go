package db_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"openlend/internal/db"
)

// commits counts the commits in the write-ahead log, which must not have been
// started anew since: a frame that ends a commit carries the size of the
// database (https://www.sqlite.org/fileformat2.html, section 4.1).
func commits(t *testing.T, url string) int {
	t.Helper()
	const header, frameHeader = 32, 24
	wal, err := os.ReadFile(strings.TrimPrefix(url, "sqlite:") + "-wal")
	must(t, err)
	if len(wal) < header {
		return 0
	}
	page := int(binary.BigEndian.Uint32(wal[8:]))
	salts := wal[16:24]
	n := 0
	for at := header; at+frameHeader+page <= len(wal); at += frameHeader + page {
		if !bytes.Equal(wal[at+8:at+16], salts) {
			break // of an older log
		}
		if binary.BigEndian.Uint32(wal[at+4:]) != 0 {
			n++
		}
	}
	return n
}

// hold occupies the writer until the returned function is called, which
// returns the answer of the closure that held it.
func hold(t *testing.T, d *db.DB) (release func() error) {
	t.Helper()
	running, gate, done := make(chan bool), make(chan bool), make(chan error)
	go func() {
		done <- write(context.Background(), d, func(context.Context, *db.Tx) error {
			close(running)
			<-gate
			return nil
		})
	}()
	<-running
	return func() error {
		close(gate)
		return <-done
	}
}

// waitFor returns when so many closures wait for the writer.
func waitFor(t *testing.T, d *db.DB, interactive, pieces int) {
	t.Helper()
	for range 30_000 {
		if i, p := db.Waiting(d); i == interactive && p == pieces {
			return
		}
		time.Sleep(time.Millisecond)
	}
	i, p := db.Waiting(d)
	t.Fatalf("%d and %d closures wait, want %d and %d", i, p, interactive, pieces)
}

// crowd starts n goroutines with numbers and returns a function that waits for
// them.
func crowd(n int, do func(i int)) (wait func()) {
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { do(i) })
	}
	return all.Wait
}

// 300 closures that wait become one commit. Those that fail, each in its own
// way, hurt nobody else.
func TestWaitingClosuresShareACommit(t *testing.T) {
	const n = 300
	url := newLite(t)
	d := open(t, db.Options{URL: url})
	must(t, write(t.Context(), d, putOne(-1)))
	before := commits(t, url)
	release := hold(t, d)
	errs, panics := make([]error, n), make([]string, n)
	wait := crowd(n, func(i int) {
		panics[i] = panicOf(func() {
			errs[i] = write(t.Context(), d, func(ctx context.Context, tx *db.Tx) error {
				err := put(ctx, tx, int64(i))
				switch i % 10 {
				case 3:
					return errRefused
				case 5:
					return put(ctx, tx, -1) // is there
				case 7:
					panic("no")
				}
				return err
			})
		})
	})
	waitFor(t, d, n, 0)
	must(t, release())
	wait()
	want := []int64{-1}
	for i := range n {
		refused, duplicate := errors.Is(errs[i], errRefused), db.IsDuplicate(errs[i])
		panicked := strings.Contains(panics[i], "no")
		if refused != (i%10 == 3) || duplicate != (i%10 == 5) || panicked != (i%10 == 7) {
			t.Errorf("closure %d: %v %s", i, errs[i], panics[i])
		}
		if i%10 != 3 && i%10 != 5 && i%10 != 7 {
			want = append(want, int64(i))
		}
	}
	if got := items(t, d); !slices.Equal(got, want) {
		t.Errorf("there is %v", got)
	}
	if got := commits(t, url) - before; got != 1 {
		t.Errorf("%d closures took %d commits, want 1", n, got)
	}
}

// In a group the interactive closures go first, then pieces of long jobs, which
// are at most half of a full group.
func TestPiecesLetInteractiveClosuresPass(t *testing.T) {
	d := open(t, db.Options{URL: newLite(t)})
	release := hold(t, d)
	var order []string // written by the one writer only
	step := func(name string) work {
		return func(context.Context, *db.Tx) error {
			order = append(order, name)
			return nil
		}
	}
	pieces := crowd(40, func(int) {
		if err := writeBulk(t.Context(), d, step("piece")); err != nil {
			t.Error(err)
		}
	})
	waitFor(t, d, 0, 40)
	interactive := crowd(40, func(int) {
		if err := write(t.Context(), d, step("interactive")); err != nil {
			t.Error(err)
		}
	})
	waitFor(t, d, 40, 40)
	must(t, release())
	pieces()
	interactive()
	want := append(slices.Repeat([]string{"interactive"}, 40), slices.Repeat([]string{"piece"}, 40)...)
	if !slices.Equal(order, want) {
		t.Errorf("the order was %v", order)
	}
}

func TestPiecesAreAtMostHalfOfAGroup(t *testing.T) {
	const n = db.GroupMax
	url := newLite(t)
	d := open(t, db.Options{URL: url})
	must(t, write(t.Context(), d, putOne(-1)))
	for _, c := range []struct {
		name string
		slow time.Duration
		n    int
		want int // commits at least
	}{
		{"by number", 0, n, 2},
		{"by time", time.Millisecond, 30, 5}, // at most six in 5 ms
	} {
		t.Run(c.name, func(t *testing.T) {
			before := commits(t, url)
			release := hold(t, d)
			wait := crowd(c.n, func(int) {
				err := writeBulk(t.Context(), d, func(ctx context.Context, tx *db.Tx) error {
					time.Sleep(c.slow)
					_, err := tx.Exec(ctx, `UPDATE item SET amount = amount + 1`)
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
			waitFor(t, d, 0, c.n)
			must(t, release())
			wait()
			if got := commits(t, url) - before; got < c.want {
				t.Errorf("%d pieces took %d commits, want %d or more", c.n, got, c.want)
			}
		})
	}
}

// However many interactive closures wait, every full group takes a piece too.
func TestAFloodDoesNotStarveALongJob(t *testing.T) {
	d := open(t, db.Options{URL: newLite(t)})
	release := hold(t, d)
	const n = 3 * db.GroupMax
	var ran, pieces []int // written by the one writer only
	flood := crowd(n, func(i int) {
		if err := write(t.Context(), d, func(context.Context, *db.Tx) error {
			ran = append(ran, i)
			return nil
		}); err != nil {
			t.Error(err)
		}
	})
	waitFor(t, d, n, 0)
	long := crowd(2, func(int) {
		if err := writeBulk(t.Context(), d, func(context.Context, *db.Tx) error {
			pieces = append(pieces, len(ran))
			return nil
		}); err != nil {
			t.Error(err)
		}
	})
	waitFor(t, d, n, 2)
	must(t, release())
	flood()
	long()
	if want := []int{db.GroupMax - 1, 2 * (db.GroupMax - 1)}; !slices.Equal(pieces, want) {
		t.Errorf("the pieces ran after %v closures, want %v", pieces, want)
	}
}

func TestACallerWhoGivesUp(t *testing.T) {
	d := open(t, db.Options{URL: newLite(t)})

	t.Run("while waiting, is not served", func(t *testing.T) {
		release := hold(t, d)
		ctx, cancel := context.WithCancel(t.Context())
		answer := make(chan error)
		go func() { answer <- write(ctx, d, putOne(1)) }()
		waitFor(t, d, 1, 0)
		cancel()
		if err := <-answer; !errors.Is(err, context.Canceled) { // the writer is still held
			t.Errorf("got %v", err)
		}
		must(t, release())
		must(t, write(t.Context(), d, putOne(2)))
		if got := items(t, d); !slices.Equal(got, []int64{2}) {
			t.Errorf("there is %v", got)
		}
	})
	t.Run("before, is not served", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := write(ctx, d, putOne(3)); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		if err := read(ctx, d, putOne(3)); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("while running, hears the truth", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		must(t, write(ctx, d, func(ctx context.Context, tx *db.Tx) error {
			cancel()
			return put(ctx, tx, 4)
		}))
		if got := items(t, d); !slices.Equal(got, []int64{2, 4}) {
			t.Errorf("there is %v", got)
		}
	})
}

// Close answers every caller; what was acknowledged is there, and nothing else.
func TestCloseWhileWritersRun(t *testing.T) {
	for round := range 5 {
		url := newLite(t)
		d, err := db.Open(t.Context(), db.Options{URL: url})
		must(t, err)
		var next atomic.Int64
		var mu sync.Mutex
		var kept []int64
		wait := crowd(64, func(i int) {
			do := write
			if i%4 == 0 {
				do = writeBulk
			}
			for {
				id := next.Add(1)
				err := do(t.Context(), d, putOne(id))
				if err != nil {
					if !errors.Is(err, db.ErrUnavailable) {
						t.Error(err)
					}
					return
				}
				mu.Lock()
				kept = append(kept, id)
				mu.Unlock()
			}
		})
		reads := crowd(8, func(int) {
			for read(t.Context(), d, func(ctx context.Context, tx *db.Tx) error {
				_, err := db.Value[int64](ctx, tx, `SELECT COUNT(*) FROM item`)
				return err
			}) == nil {
			}
		})
		for next.Load() < int64(100*round%500+1) {
			time.Sleep(time.Millisecond)
		}
		must(t, d.Close())
		wait()
		reads()
		slices.Sort(kept)
		if got := items(t, open(t, db.Options{URL: url})); !slices.Equal(got, kept) {
			t.Fatalf("round %d: acknowledged %d, kept %d", round, len(kept), len(got))
		}
	}
}

// A closure's own deadline ends its waiting between statements, never a
// statement: that would roll back the closures of others too.
func TestAnInnerDeadlineHurtsNobodyElse(t *testing.T) {
	d := open(t, db.Options{URL: newLite(t)})
	release := hold(t, d)
	wait := crowd(3, func(i int) {
		err := write(t.Context(), d, func(ctx context.Context, tx *db.Tx) error {
			if i != 1 {
				return put(ctx, tx, int64(i))
			}
			ctx, cancel := context.WithTimeout(ctx, time.Millisecond)
			defer cancel()
			const slow = `INSERT INTO item (id, amount) WITH RECURSIVE n(i) AS
				(SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) SELECT i, 0 FROM n`
			if n, err := tx.Exec(ctx, slow); n != 19_901 || err != nil {
				t.Errorf("the statement under way touched %d rows, %v", n, err)
			}
			<-ctx.Done()
			return put(ctx, tx, 1)
		})
		if late := errors.Is(err, context.DeadlineExceeded); late != (i == 1) {
			t.Errorf("closure %d: %v", i, err)
		}
	})
	waitFor(t, d, 3, 0)
	must(t, release())
	wait()
	if got := items(t, d); !slices.Equal(got, []int64{0, 2}) {
		t.Errorf("there is %v", got)
	}
}

func TestAgainRunsTheClosureAgain(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		for _, c := range []struct{ asks, runs int }{{0, 1}, {1, 2}, {7, 8}, {8, 8}, {99, 8}} {
			runs := 0
			err := write(t.Context(), d, func(ctx context.Context, tx *db.Tx) error {
				if tx.Attempt() != runs {
					t.Errorf("run %d is told that it is run %d", runs, tx.Attempt())
				}
				runs++
				if err := put(ctx, tx, int64(c.asks)); err != nil {
					return err
				}
				if runs <= c.asks {
					return db.Again("asked to")
				}
				return nil
			})
			if runs != c.runs || (err == nil) != (c.asks < 8) ||
				err != nil && !errors.Is(err, db.ErrBusy) {
				t.Errorf("asked %d times: %d runs, %v", c.asks, runs, err)
			}
		}
		if got := items(t, d); !slices.Equal(got, []int64{0, 1, 7}) {
			t.Errorf("there is %v", got)
		}
	})
}
