package id

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"openlend/internal/clock"
	"openlend/internal/db"
	"openlend/internal/testdb"
)

// machine is a process with clocks that are moved by hand.
type machine struct {
	wall *clock.Manual
	mono atomic.Int64
}

func newMachine() *machine {
	return &machine{wall: clock.NewManual(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))}
}

// pass lets time go by.
func (m *machine) pass(d time.Duration) {
	m.wall.Advance(d)
	m.mono.Add(int64(d))
}

func (m *machine) elapsed() time.Duration { return time.Duration(m.mono.Load()) }

// open makes a source without its renewing goroutine: tests renew by hand.
func (m *machine) open(t *testing.T, d *db.DB) *Source {
	t.Helper()
	s := newSource(d, m.wall, usual, m.elapsed)
	if err := s.lease(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// onlyZero leaves number 0 as the only one that can be had.
func onlyZero(t *testing.T, d *db.DB) {
	t.Helper()
	write(t, d, `UPDATE id_node SET until_at = $1 WHERE node > 0`, int64(1)<<62)
}

func write(t *testing.T, d *db.DB, text string, args ...any) {
	t.Helper()
	_, err := db.Write(t.Context(), d, func(ctx context.Context, tx *db.Tx) (int64, error) {
		return tx.Exec(ctx, text, args...)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func next(t *testing.T, s *Source) int64 {
	t.Helper()
	n, err := s.Next()
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestTwoSourcesOfOneDatabase(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, d *db.DB) {
		var sources [2]*Source
		for i := range sources {
			s, err := Open(t.Context(), d, clock.System{})
			if err != nil {
				t.Fatal(err)
			}
			sources[i] = s
		}
		if sources[0].Node() == sources[1].Node() {
			t.Errorf("both have node %d", sources[0].Node())
		}
		var mu sync.Mutex
		var all []int64
		var wg sync.WaitGroup
		for w := range 64 {
			wg.Go(func() {
				var mine []int64
				for range 500 {
					mine = append(mine, next(t, sources[w%2]))
				}
				mu.Lock()
				defer mu.Unlock()
				all = append(all, mine...)
			})
		}
		wg.Wait()
		slices.Sort(all)
		if n := len(slices.Compact(all)); n != 64*500 {
			t.Errorf("%d different ids of %d", n, 64*500)
		}
		for _, s := range sources {
			for range 2 { // closing twice is allowed
				if err := s.Close(t.Context()); err != nil {
					t.Error(err)
				}
			}
			if _, err := s.Next(); !errors.Is(err, ErrClosed) {
				t.Errorf("after Close: %v", err)
			}
		}
	})
}

// However the last holder ended, the next one of its number starts above it.
func TestNumberIsHandedOn(t *testing.T) {
	t.Parallel()
	endings := map[string]func(t *testing.T, m *machine, s *Source){
		"closed": func(t *testing.T, _ *machine, s *Source) {
			if err := s.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
		},
		"killed": func(_ *testing.T, m *machine, _ *Source) { m.pass(usual.lease) },
		"killed, then the clock went back": func(t *testing.T, m *machine, s *Source) {
			m.pass(usual.lease)
			write(t, s.db, `UPDATE id_node SET until_at = 0 WHERE node = 0`)
			m.wall.Advance(-time.Hour)
		},
	}
	testdb.Each(t, func(t *testing.T, d *db.DB) {
		onlyZero(t, d)
		for name, end := range endings {
			m := newMachine()
			old := m.open(t, d)
			var last int64
			for range 5 { // a burst, far ahead of the clock that stands still
				first, err := old.Block(4096)
				if err != nil {
					t.Fatal(err)
				}
				last = first + 4095
			}
			end(t, m, old)
			heir := m.open(t, d)
			if n := next(t, heir); n <= last {
				t.Errorf("%s: %d after %d", name, n, last)
			}
			if err := heir.Close(t.Context()); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestLapsedLeaseIssuesNothing(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, d *db.DB) {
		m := newMachine()
		s := m.open(t, d)
		before := next(t, s)
		m.pass(usual.lease - usual.margin - 1)
		next(t, s)
		m.pass(1)
		if _, err := s.Next(); !errors.Is(err, ErrLapsed) {
			t.Fatalf("at the end of the lease: %v", err)
		}
		// The wall clock alone does not bring it back to life.
		m.wall.Advance(-time.Hour)
		if _, err := s.Next(); !errors.Is(err, ErrLapsed) {
			t.Fatalf("after the clock went back: %v", err)
		}
		s.renewOrLease(t.Context())
		if n := next(t, s); n <= before {
			t.Errorf("renewed: %d after %d", n, before)
		}
	})
}

// A process that was stopped wakes up when its number is another's: it issues
// nothing until it has leased one again, and its ids still increase.
func TestWakingAfterTheLease(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, d *db.DB) {
		onlyZero(t, d)
		sleeper, other := newMachine(), newMachine()
		s := sleeper.open(t, d)
		before := next(t, s)
		sleeper.pass(time.Minute)
		other.pass(time.Minute)
		heir := other.open(t, d)
		if _, err := s.Next(); !errors.Is(err, ErrLapsed) {
			t.Fatalf("woken: %v", err)
		}
		s.renewOrLease(t.Context())
		if _, err := s.Next(); !errors.Is(err, ErrLapsed) || !errors.Is(err, ErrNoNode) {
			t.Fatalf("woken, without a number to have: %v", err)
		}
		write(t, d, `UPDATE id_node SET until_at = 0 WHERE node = 7`)
		s.renewOrLease(t.Context())
		after := next(t, s)
		if s.Node() == heir.Node() || after <= before {
			t.Errorf("woken: node %d beside %d, id %d after %d",
				s.Node(), heir.Node(), after, before)
		}
		if err := s.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if _, err := heir.Next(); err != nil {
			t.Errorf("the heir: %v", err)
		}
	})
}

// A number lost and a lower one leased within a millisecond: ids still increase.
func TestLowerNumberInTheSameMillisecond(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, d *db.DB) {
		write(t, d, `UPDATE id_node SET until_at = $1 WHERE node <> 5`, int64(1)<<62)
		s := newMachine().open(t, d)
		before := next(t, s)
		write(t, d, `UPDATE id_node SET epoch = epoch + 1, until_at = $1 WHERE node = 5`, int64(1)<<62)
		write(t, d, `UPDATE id_node SET until_at = 0 WHERE node = 3`)
		s.renewOrLease(t.Context())
		if after := next(t, s); s.Node() != 3 || after <= before {
			t.Errorf("node %d issued %d after %d", s.Node(), after, before)
		}
	})
}

// Clocks that disagree by minutes make one node take a living lease. Both
// issue for a while under one number, and still never the same id.
func TestClocksThatDisagree(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, d *db.DB) {
		slow, fast := newMachine(), newMachine()
		fast.wall.Advance(5 * time.Minute)
		s := slow.open(t, d)
		heir := fast.open(t, d)
		if heir.Node() == s.Node() { // other numbers are free: no need to take it
			t.Errorf("node %d was taken from the living", s.Node())
		}
		write(t, d, `UPDATE id_node SET until_at = $1 WHERE until_at = 0`, int64(1)<<62)
		heir = fast.open(t, d) // now there is none
		if heir.Node() != s.Node() {
			t.Fatalf("node %d, want %d", heir.Node(), s.Node())
		}
		seen := map[int64]bool{}
		for range 20 {
			for _, one := range []*Source{s, heir} {
				n := next(t, one)
				if seen[n] {
					t.Fatalf("%d was issued twice", n)
				}
				seen[n] = true
			}
			slow.pass(time.Second)
			fast.pass(time.Second)
		}
	})
}

func TestClockJumpsBackAndForth(t *testing.T) {
	t.Parallel()
	m := newMachine()
	s := m.open(t, testdb.Open(t, db.Options{URL: testdb.SQLite(t)}))
	last := next(t, s)
	for _, jump := range []time.Duration{-time.Hour, 2 * time.Hour, -3 * time.Hour} {
		m.wall.Advance(jump)
		for range 3 {
			m.pass(20 * time.Second)
			n := next(t, s)
			if n <= last {
				t.Fatalf("after a jump of %v: %d after %d", jump, n, last)
			}
			last = n
			s.renewOrLease(t.Context())
		}
	}
	hourAhead := next(t, s)>>22 - milli(m.wall.Now())
	if got := time.Duration(hourAhead) * time.Millisecond; got != 3*time.Hour {
		t.Errorf("ids are %v ahead of the clock, want the 3 h of its last jump back", got)
	}
}

// A second ahead of the clock the source makes callers wait.
func TestBurstIsBounded(t *testing.T) {
	t.Parallel()
	m := newMachine()
	s := m.open(t, testdb.Open(t, db.Options{URL: testdb.SQLite(t)}))
	for range aheadMax + 1 {
		if _, wait, err := s.take(perMilli); wait != 0 || err != nil {
			t.Fatal(wait, err)
		}
	}
	if _, wait, err := s.take(1); wait != time.Millisecond || err != nil {
		t.Fatalf("wait %v, %v", wait, err)
	}
	m.pass(time.Millisecond)
	if _, wait, err := s.take(perMilli); wait != 0 || err != nil {
		t.Fatal(wait, err)
	}
}

func TestThousandAndHundredSources(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, d *db.DB) {
		var mu sync.Mutex
		nodes := map[int64]bool{}
		refused := 0
		m := newMachine()
		var wg sync.WaitGroup
		for range 1100 {
			wg.Go(func() {
				s := newSource(d, m.wall, usual, m.elapsed)
				err := s.lease(t.Context())
				mu.Lock()
				defer mu.Unlock()
				if errors.Is(err, ErrNoNode) {
					refused++
				} else if err != nil || nodes[s.Node()] {
					t.Errorf("node %d: %v", s.Node(), err)
				}
				nodes[s.Node()] = true
			})
		}
		wg.Wait()
		if len(nodes) != 1024 || refused != 76 {
			t.Errorf("%d nodes leased, %d sources refused", len(nodes), refused)
		}
	})
}

// The goroutine of Open renews by itself.
func TestLeaseIsKept(t *testing.T) {
	t.Parallel()
	m := newMachine()
	s := m.open(t, testdb.Open(t, db.Options{URL: testdb.SQLite(t)}))
	s.times.every = time.Millisecond
	ctx, stop := context.WithCancel(t.Context())
	s.stop, s.done = stop, make(chan struct{})
	go s.keep(ctx)
	m.pass(time.Minute)
	for _, err := s.Next(); err != nil; _, err = s.Next() { // until it is renewed
		if !errors.Is(err, ErrLapsed) {
			t.Fatal(err)
		}
		time.Sleep(time.Millisecond)
	}
	if err := s.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func BenchmarkNext(b *testing.B) {
	s := NewSeeded(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
	s.elapsed = clock.Start().Elapsed
	for b.Loop() {
		if _, err := s.Next(); err != nil {
			b.Fatal(err)
		}
	}
}
