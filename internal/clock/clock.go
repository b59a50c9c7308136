// Package clock is the only place that asks the machine what time it is.
// Everything else is given a Clock (and inside a transaction its frozen
// instant), so that any day can be replayed.
package clock

import (
	"sync"
	"time"
)

// Clock tells the time. System is the machine's; Manual is moved by hand.
type Clock interface {
	Now() time.Time
}

// System is the machine's clock in UTC, to the microsecond that is stored.
type System struct{}

// Now implements Clock.
func (System) Now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// Manual is a clock for tests and simulations: it stands still until moved.
// It is safe for concurrent use.
type Manual struct {
	mu  sync.Mutex
	now time.Time
}

// NewManual returns a clock that stands at t.
func NewManual(t time.Time) *Manual {
	return &Manual{now: t.UTC().Truncate(time.Microsecond)}
}

// Now implements Clock.
func (m *Manual) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

// Advance moves the clock forward by d.
func (m *Manual) Advance(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = m.now.Add(d)
}

// Stopwatch measures elapsed time on the monotonic clock, for benchmarks,
// progress and time-outs; it never decides anything about money.
type Stopwatch struct{ start time.Time }

// Start returns a running stopwatch.
func Start() Stopwatch { return Stopwatch{time.Now()} }

// Elapsed returns the time since Start.
func (s Stopwatch) Elapsed() time.Duration { return time.Since(s.start) }
