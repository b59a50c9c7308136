package custody

import (
	"sync"
	"time"

	"openlend/internal/clock"
)

// breaker keeps us from calling a bank that does not answer: after so many
// failures in a row nobody calls for a while, then one call finds out.
type breaker struct {
	clock clock.Clock

	mu      sync.Mutex
	failed  int       // in a row
	opensAt time.Time // the next call may go out
}

const (
	breakerFailures = 5
	breakerPause    = 10 * time.Second
)

// ready says whether a call may go out. Refusal: ErrNotSent.
func (b *breaker) ready() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.closed(b.clock.Now())
}

// enter lets a call go out; of those that come when the pause is over, one.
// Refusal: ErrNotSent.
func (b *breaker) enter() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.clock.Now()
	err := b.closed(now)
	if err == nil && b.failed >= breakerFailures {
		b.opensAt = now.Add(breakerPause)
	}
	return err
}

func (b *breaker) closed(now time.Time) error {
	if b.failed >= breakerFailures && now.Before(b.opensAt) {
		return ErrNotSent
	}
	return nil
}

// heard takes note of how a call ended.
func (b *breaker) heard(well bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if well {
		b.failed = 0
		return
	}
	b.failed++
	b.opensAt = b.clock.Now().Add(breakerPause)
}
