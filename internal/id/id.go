// Package id makes the numbers by which everything is known: positive int64s
// ordered by time, unique over every process that shares a database, small as
// keys on both engines.
//
//	| 0 | milliseconds since 2020-01-01 UTC: 41 bits | node: 10 | counter: 12 |
//
// Invariants: a source's ids strictly increase, whatever the wall clock does;
// no id is issued twice under one database, because every id a node number may
// issue lies before the instant written in its row (id_node.issued_before_at),
// and its next holder starts at that instant: uniqueness rests on the row
// alone, never on clocks. A source whose lease has lapsed issues nothing.
package id

import (
	"fmt"
	"math"
	"sync"
	"time"

	"openlend/internal/clock"
	"openlend/internal/db"
)

const (
	counterBits = 12
	nodeBits    = 10
	perMilli    = 1 << counterBits // ids of one node in one millisecond
	maxMilli    = 1<<41 - 1        // in 2089

	// aheadMax is how far, in ms, ids may run ahead of the source's clock when
	// more than 4,096 are wanted in a millisecond: a burst of four million.
	// Whoever wants more waits; steadily, 4,096,000 ids a second are issued.
	aheadMax = 1000
)

var epoch = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

// Source issues ids. Open makes one that leases its node number, NewSeeded one
// for simulations and tests. It is safe for concurrent use.
type Source struct {
	db     *db.DB
	times  times
	wall   clock.Clock
	holder string
	stop   func()
	done   chan struct{} // closed when the renewing goroutine has ended

	// elapsed is the monotonic time since the source was made. It goes on while
	// the process is stopped, so a process that wakes up late knows it.
	elapsed func() time.Duration

	mu      sync.Mutex
	last    int64 // tick of the last id: milliseconds << 12 | counter
	ahead   int64 // ms that ids may be ahead of the source's clock
	base    int64 // the source's clock, in ms since 2020, when elapsed was 0
	term    term
	closed  bool
	trouble error // why the last renewal failed
}

// term is what one lease allows.
type term struct {
	node, epoch int64
	before      int64         // ids lie before this millisecond
	deadline    time.Duration // elapsed at which issuing stops
}

// NewSeeded returns a source that needs no database: node 0, counting up from
// start, the same ids every time. Its ids are unique only among themselves.
func NewSeeded(start time.Time) *Source {
	return &Source{
		elapsed: func() time.Duration { return 0 },
		base:    milli(start),
		ahead:   maxMilli,
		term:    term{before: math.MaxInt64, deadline: math.MaxInt64},
	}
}

// Next issues one id. Refusals: ErrLapsed, ErrClosed, ErrEnd.
func (s *Source) Next() (int64, error) { return s.Block(1) }

// Block issues n consecutive ids, 1 <= n <= 4096, and returns the first; all
// carry the same millisecond. Refusals: ErrBlock and those of Next.
func (s *Source) Block(n int) (first int64, err error) {
	if n < 1 || n > perMilli {
		return 0, ErrBlock
	}
	for {
		first, wait, err := s.take(int64(n))
		if wait == 0 {
			return first, err
		}
		time.Sleep(wait)
	}
}

// take issues n ids, or says how long to wait until the clock has caught up.
func (s *Source) take(n int64) (first int64, wait time.Duration, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	elapsed := s.elapsed()
	switch {
	case s.closed:
		return 0, 0, ErrClosed
	case elapsed >= s.term.deadline:
		return 0, 0, s.lapsed()
	}
	now := s.base + elapsed.Milliseconds()
	tick := max(s.last+1, now<<counterBits)
	if tick%perMilli+n > perMilli { // would run into the next millisecond
		tick = (tick>>counterBits + 1) << counterBits
	}
	ms := tick >> counterBits
	switch {
	case ms > maxMilli:
		return 0, 0, ErrEnd
	case ms > now+s.ahead:
		return 0, time.Duration(ms-now-s.ahead) * time.Millisecond, nil
	case ms >= s.term.before:
		return 0, 0, s.lapsed()
	}
	s.last = tick + n - 1
	return ms<<(nodeBits+counterBits) | s.term.node<<counterBits | tick%perMilli, 0, nil
}

func (s *Source) lapsed() error {
	if s.trouble != nil {
		return fmt.Errorf("%w: %w", ErrLapsed, s.trouble)
	}
	return ErrLapsed
}

// milli is an instant in ms since 2020, at least 1, so that no id is ever 0.
func milli(t time.Time) int64 { return max(1, t.UnixMilli()-epoch.UnixMilli()) }
