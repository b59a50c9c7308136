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
	"runtime"
	"sync"

	"openlend/internal/db"
	"openlend/refusal"
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
	idle    int // workers that wait for calls
	workers sync.WaitGroup
}

type call[C, R any] struct {
	commands []C
	results  []R
	err      error
	done     chan struct{}
}

// What this package refuses; nothing of a refused call is run.
var (
	ErrClosed = refusal.New("batch.closed", "the service is stopping")
	ErrBusy   = refusal.New("batch.busy", "too many commands are waiting; try again soon")
)

// queueMax bounds the calls that wait: beyond it a caller is better told now.
const queueMax = 100_000

// New starts a gatherer with groups of so many commands at most (a call of many
// commands is never split between groups) and so many groups in flight.
func New[C, R any](most, inFlight int, run Run[C, R]) *Gatherer[C, R] {
	g := &Gatherer[C, R]{run: run, max: most}
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

// DoMany runs commands, kept together and in order, in the next group. When ctx
// ends first the error is its cause: the commands will still run, and what
// became of them is not known here. Refusals: ErrClosed, ErrBusy.
func (g *Gatherer[C, R]) DoMany(ctx context.Context, commands []C) ([]R, error) {
	if len(commands) == 0 {
		return nil, nil
	}
	c := &call[C, R]{commands: commands, done: make(chan struct{})}
	g.mu.Lock()
	if g.closed || len(g.waiting) >= queueMax {
		defer g.mu.Unlock()
		if g.closed {
			return nil, ErrClosed
		}
		return nil, ErrBusy
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

// worthSharing is how many calls are worth two groups instead of one.
const worthSharing = 128

// take waits for calls and takes as many as fit, nil when closed and empty.
func (g *Gatherer[C, R]) take() []*call[C, R] {
	g.mu.Lock()
	defer g.mu.Unlock()
	for len(g.waiting) == 0 {
		if g.closed {
			return nil
		}
		g.idle++
		g.wake.Wait()
		g.idle--
	}
	g.letArrive()
	n, size, share := 0, 0, len(g.waiting)
	if share > worthSharing { // leave idle workers their part, to overlap with this one
		share = (share + g.idle) / (g.idle + 1)
	}
	for n < share {
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
	} else {
		g.wake.Signal()
	}
	return group
}

// letArrive gives way, without a timer, as long as that brings more calls: the
// callers of the last group are runnable now and most will call again.
func (g *Gatherer[C, R]) letArrive() {
	for n := 0; n < len(g.waiting) && len(g.waiting) < g.max; {
		n = len(g.waiting)
		g.mu.Unlock()
		runtime.Gosched()
		g.mu.Lock()
	}
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
