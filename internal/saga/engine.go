package saga

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"openlend/internal/clock"
	"openlend/internal/db"
	"openlend/internal/outbox"
)

const (
	leaseTime = 20 * time.Second // of a claim; a commit of progress lengthens it
	poll      = 500 * time.Millisecond
	claimMax  = 256 // sagas of one kind in one claim
	groupMax  = 64  // sagas in one transaction of a step that takes many
)

// Engine drives the sagas of its definitions. Any number of them may run on one
// database: what one has claimed the others leave alone until its lease ends.
type Engine struct {
	DB          *db.DB
	Wall        clock.Clock // the process clock: for leases only
	Holder      string      // from id.Holder; in faults that are reported
	Definitions []Definition
	Workers     int         // sagas (or groups) at once; 0: 8
	Report      func(error) // hears of every fault and of every saga that is stuck; nil logs it
	Bell        outbox.Bell // rung when a saga may be due; may be nil
}

// Run drives sagas until ctx ends.
func (e *Engine) Run(ctx context.Context) {
	for ctx.Err() == nil {
		n, err := e.turn(ctx)
		if err != nil && ctx.Err() == nil {
			e.report(err)
		}
		if n > 0 && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
		case <-e.Bell:
		case <-time.After(poll):
		}
	}
}

// RunDue drives everything that is due now until nothing is, and returns how
// many runs of steps that took: for tests, simulations and a manual clock. A
// fault of a step is kept in its saga and is no error here; an error is one of
// the database.
func (e *Engine) RunDue(ctx context.Context) (int, error) {
	for total := 0; ; {
		n, err := e.turn(ctx)
		total += n
		if err != nil || n == 0 {
			return total, err
		}
	}
}

// turn claims sagas that are due, drives each as far as it goes and returns how
// many runs of steps that took.
func (e *Engine) turn(ctx context.Context) (int, error) {
	claimed, err := e.claim(ctx)
	if err != nil || len(claimed) == 0 {
		return 0, err
	}
	groups := e.groups(claimed)
	line := make(chan []Saga, len(groups))
	for _, g := range groups {
		line <- g
	}
	close(line)
	var mu sync.Mutex
	var faults error
	total := 0
	var workers sync.WaitGroup
	for range min(len(groups), e.workers()) {
		workers.Go(func() {
			for g := range line {
				n, err := e.drive(ctx, g)
				mu.Lock()
				total += n
				faults = errors.Join(faults, err)
				mu.Unlock()
			}
		})
	}
	workers.Wait()
	return total, faults
}

// groups puts sagas together that are in the same step and that it takes
// together; all others are alone.
func (e *Engine) groups(claimed []Saga) (groups [][]Saga) {
	at := map[*Step]int{} // -> its last group
	for _, s := range claimed {
		d := e.definition(s.Kind)
		var step *Step
		if i := d.at(s.Step); i >= 0 && d.Steps[i].Many != nil && !s.undoing() {
			step = &d.Steps[i]
			s.Step = step.Name
		}
		g, found := at[step]
		if step == nil || !found || len(groups[g]) == groupMax {
			groups = append(groups, []Saga{s})
			at[step] = len(groups) - 1
			continue
		}
		groups[g] = append(groups[g], s)
	}
	return groups
}

func (e *Engine) definition(kind string) *Definition {
	for i := range e.Definitions {
		if e.Definitions[i].Name == kind {
			return &e.Definitions[i]
		}
	}
	return nil // claims are by definition
}

func (e *Engine) workers() int {
	if e.Workers > 0 {
		return e.Workers
	}
	return 8
}

func (e *Engine) report(err error) {
	if e.Report != nil {
		e.Report(err)
		return
	}
	slog.Error("saga", "holder", e.Holder, "error", err)
}

// claim takes sagas that are due. A look without locks comes first: most looks
// of a quiet hour find nothing.
func (e *Engine) claim(ctx context.Context) ([]Saga, error) {
	wall := e.Wall.Now()
	ids, err := db.Read(ctx, e.DB, func(ctx context.Context, tx *db.Tx) ([]int64, error) {
		var all []int64
		for i := range e.Definitions {
			ids, err := dueIDs(ctx, tx, e.Definitions[i].Name, wall, claimMax)
			if err != nil {
				return nil, err
			}
			all = append(all, ids...)
		}
		return all, nil
	})
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	claimed, err := db.Write(ctx, e.DB, func(ctx context.Context, tx *db.Tx) ([]Saga, error) {
		return claim(ctx, tx, ids, wall)
	})
	return claimed, err
}

// claim takes those of the sagas that are still free and due: others may claim
// them at the same time.
func claim(ctx context.Context, tx *db.Tx, ids []int64, wall time.Time) ([]Saga, error) {
	if err := tx.Lock(ctx, class, ids...); err != nil {
		return nil, err
	}
	all, err := loadMany(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(s Saga) bool {
		return s.State.ended() || s.until.After(wall) || !s.due(tx.Now())
	})
	for i := range all {
		all[i].epoch++
		all[i].heard = all[i].wakes
		all[i].until = wall.Add(leaseTime)
	}
	return all, storeClaimed(ctx, tx, all)
}
