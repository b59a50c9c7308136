// Package batch gathers concurrent commands into groups. Callers hand in one
// command each and wait; a worker takes whatever waits (no timer), runs it as
// one group and gives every caller its own answer. A hot operation is written
// once, as a function over a slice of commands.
//
// Invariants: a command is answered exactly once; a command that makes a group
// fail is found by halving and fails alone; a caller's cancel stops only his
// waiting, never the command.
package batch

import (
	"context"
	"errors"
	"sync"

	"openlend/internal/db"
)

// Run executes a group and returns one result per command in order. An error
// means that nothing of the group happened, or that its outcome is unknown.
type Run[C, R any] func(ctx context.Context, commands []C) ([]R, error)

// Gatherer gathers commands for one Run.
type Gatherer[C, R any] struct {
	run  Run[C, R]
	max  int
	mu   sync.Mutex
	wake *sync.Cond
	// waiting is in order of arrival.
	waiting []*call[C, R]
	closed  bool
	workers sync.WaitGroup
}

type call[C, R any] struct {
	commands []C
	results  []R
	err      error
	done     chan struct{}
}

// ErrClosed is the answer of a gatherer that has been closed.
var ErrClosed = errors.New("batch: closed")

// New starts a gatherer with groups of at most max commands (a call of many
// commands is never split between groups) and so many groups in flight.
func New[C, R any](max, inFlight int, run Run[C, R]) *Gatherer[C, R] {
	g := &Gatherer[C, R]{run: run, max: max}
	g.wake = sync.NewCond(&g.mu)
	for range inFlight {
		g.workers.Go(g.work)
	}
	return g
}

// Do runs one command in the next group.
func (g *Gatherer[C, R]) Do(ctx context.Context, command C) (R, error) {
	results, err := g.DoMany(ctx, []C{command})
	if err != nil {
		var zero R
		return zero, err
	}
	return results[0], nil
}

// DoMany runs commands, kept together and in order, in the next group.
func (g *Gatherer[C, R]) DoMany(ctx context.Context, commands []C) ([]R, error) {
	if len(commands) == 0 {
		return nil, nil
	}
	c := &call[C, R]{commands: commands, done: make(chan struct{})}
	g.mu.Lock()
	if g.closed {
		g.mu.Unlock()
		return nil, ErrClosed
	}
	g.waiting = append(g.waiting, c)
	g.mu.Unlock()
	g.wake.Signal()
	select {
	case <-c.done:
		return c.results, c.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// Close answers what waits and stops.
func (g *Gatherer[C, R]) Close() {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	g.wake.Broadcast()
	g.workers.Wait()
}

func (g *Gatherer[C, R]) work() {
	for {
		group := g.take()
		if group == nil {
			return
		}
		g.runGroup(group)
	}
}

// take waits for calls and takes as many as fit, nil when closed and empty.
func (g *Gatherer[C, R]) take() []*call[C, R] {
	g.mu.Lock()
	defer g.mu.Unlock()
	for len(g.waiting) == 0 {
		if g.closed {
			return nil
		}
		g.wake.Wait()
	}
	n, size := 0, 0
	for n < len(g.waiting) {
		size += len(g.waiting[n].commands)
		if n > 0 && size > g.max {
			break
		}
		n++
	}
	group := g.waiting[:n:n]
	g.waiting = g.waiting[n:]
	if len(g.waiting) == 0 {
		g.waiting = nil
	}
	return group
}

// runGroup runs the group on its own context; when it fails it is halved until
// the guilty call is alone. An unknown outcome or a database that is away is
// nobody's guilt and answers all.
func (g *Gatherer[C, R]) runGroup(group []*call[C, R]) {
	commands := group[0].commands
	if len(group) > 1 {
		commands = nil
		for _, c := range group {
			commands = append(commands, c.commands...)
		}
	}
	results, err := g.run(context.Background(), commands)
	if err != nil && len(group) > 1 && !isEverybodys(err) {
		g.runGroup(group[:len(group)/2])
		g.runGroup(group[len(group)/2:])
		return
	}
	for _, c := range group {
		if c.err = err; err == nil {
			n := len(c.commands)
			c.results, results = results[:n:n], results[n:]
		}
		close(c.done)
	}
}

func isEverybodys(err error) bool {
	return errors.Is(err, db.ErrOutcomeUnknown) || errors.Is(err, db.ErrUnavailable) ||
		errors.Is(err, db.ErrDiskFull) || errors.Is(err, db.ErrReadOnly)
}
