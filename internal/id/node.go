package id

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"time"

	"openlend/internal/clock"
	"openlend/internal/db"
)

// times are the lengths of a lease.
type times struct {
	lease  time.Duration // from the start of a renewal until others may take the number
	margin time.Duration // issuing stops this much earlier: clocks do not run alike
	every  time.Duration // between renewals
}

var usual = times{lease: 30 * time.Second, margin: 5 * time.Second, every: 5 * time.Second}

// Open leases a node number and renews it until Close. wall is the process
// clock: it is asked when the lease is taken and renewed, in between the
// monotonic clock counts on. Refusals: ErrNoNode, those of db.Write.
func Open(ctx context.Context, d *db.DB, wall clock.Clock) (*Source, error) {
	s := newSource(d, wall, usual, clock.Start().Elapsed)
	if err := s.lease(ctx); err != nil {
		return nil, fmt.Errorf("open id source: %w", err)
	}
	keep, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop, s.done = stop, make(chan struct{})
	go s.keep(keep)
	return s, nil
}

func newSource(
	d *db.DB, wall clock.Clock, t times, elapsed func() time.Duration,
) *Source {
	return &Source{
		db: d, times: t, wall: wall, elapsed: elapsed, holder: Holder(), ahead: aheadMax,
	}
}

// Holder makes a name for a lease row that no other holder has: host, process
// number and a random part.
func Holder() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf("%s/%d/%s", host, os.Getpid(), rand.Text()[:8])
}

// Node returns the node number that the source issues under.
func (s *Source) Node() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.term.node
}

// Close stops issuing and gives the node number back: whoever has it next
// starts right after the last id. A source of NewSeeded needs no Close.
func (s *Source) Close(ctx context.Context) error {
	if s.stop != nil {
		s.stop()
		<-s.done
	}
	s.mu.Lock()
	t, next, again := s.term, s.last>>counterBits+1, s.closed
	s.closed = true
	s.mu.Unlock()
	if s.db == nil || again {
		return nil
	}
	_, err := db.Write(ctx, s.db, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
		err := renewNode(ctx, tx, node{number: t.node, epoch: t.epoch, before: next})
		return struct{}{}, err
	})
	if errors.Is(err, errLost) {
		return nil // somebody has it already, above everything issued here
	}
	return err
}

// keep renews the lease, and leases another number when the old one is lost;
// until that has worked nothing is issued.
func (s *Source) keep(ctx context.Context) {
	defer close(s.done)
	tick := time.NewTicker(s.times.every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.renewOrLease(ctx)
		}
	}
}

func (s *Source) renewOrLease(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, s.times.lease/3)
	defer cancel()
	err := s.renew(ctx)
	if errors.Is(err, errLost) {
		err = s.lease(ctx)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trouble = err
}

// lease takes a node number that is free. Refusal: ErrNoNode.
func (s *Source) lease(ctx context.Context) error {
	asked := s.elapsed()
	wall := s.wall.Now()
	now := s.clockAt(asked, wall)
	length := s.times.lease.Milliseconds() + aheadMax
	n, err := db.Write(ctx, s.db, func(ctx context.Context, tx *db.Tx) (node, error) {
		free, err := freeNodes(ctx, tx, wall)
		if err != nil {
			return node{}, err
		}
		for _, n := range inTurn(free) {
			n.before = max(now, n.before) + length // its last holder issued below n.before
			n.until = wall.Add(s.times.lease)
			err := takeNode(ctx, tx, n, s.holder)
			if !errors.Is(err, errLost) {
				n.epoch++
				return n, err
			}
		}
		if len(free) > 0 {
			return node{}, db.Again("others were quicker on every free number")
		}
		return node{}, ErrNoNode
	})
	if err != nil {
		return err
	}
	from := n.before - length
	s.mu.Lock()
	defer s.mu.Unlock()
	s.base = from - asked.Milliseconds()
	// The next id opens a millisecond of its own: ids of the new number, which
	// may be lower, still lie above those of the old one.
	s.last = max(s.last|(perMilli-1), from<<counterBits-1)
	s.begin(n, asked)
	return nil
}

// renew lengthens the lease. It also works after the lease has lapsed when
// nobody took the number. Error: errLost when somebody did.
func (s *Source) renew(ctx context.Context) error {
	asked := s.elapsed()
	wall := s.wall.Now()
	now := s.clockAt(asked, wall)
	s.mu.Lock()
	n := node{
		number: s.term.node, epoch: s.term.epoch, until: wall.Add(s.times.lease),
		before: now + s.times.lease.Milliseconds() + aheadMax,
	}
	s.mu.Unlock()
	_, err := db.Write(ctx, s.db, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
		return struct{}{}, renewNode(ctx, tx, n)
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.base = now - asked.Milliseconds()
	s.begin(n, asked)
	return nil
}

// clockAt is the source's clock, ms since 2020: the monotonic one counted on
// from base, or the wall clock when that is ahead. It never goes back.
func (s *Source) clockAt(elapsed time.Duration, wall time.Time) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return max(s.base+elapsed.Milliseconds(), milli(wall))
}

// begin starts a term that was asked for when elapsed was asked: counted from
// before the database answered, so it ends here before it ends there.
func (s *Source) begin(n node, asked time.Duration) {
	s.term = term{
		node: n.number, epoch: n.epoch, before: n.before,
		deadline: asked + s.times.lease - s.times.margin,
	}
}
