package saga

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"openlend/internal/db"
	"openlend/internal/fault"
	"openlend/refusal"
)

// drive runs claimed sagas and returns how many runs of steps that took. A group
// is of one kind and in one step that takes many: it runs once and is given
// back, so that what comes next gathers anew. When that fails each goes alone:
// the guilty one is found and the others go on.
func (e *Engine) drive(ctx context.Context, group []Saga) (runs int, err error) {
	d := e.definition(group[0].Kind)
	if len(group) > 1 && e.Wall.Now().Before(group[0].until) {
		next, err := e.try(ctx, d, &d.Steps[d.at(group[0].Step)], group)
		if err == nil {
			e.announce(group, next)
			return len(group), nil
		}
	}
	for _, s := range group {
		n, driven := e.driveOne(ctx, d, s)
		runs += n
		err = errors.Join(err, driven)
	}
	return runs, err
}

// driveOne runs the steps of a claimed saga until it must wait or has ended. The
// error is one of the database.
func (e *Engine) driveOne(ctx context.Context, d *Definition, s Saga) (runs int, err error) {
	for !s.until.IsZero() {
		if ctx.Err() != nil {
			return runs, e.release(ctx, s)
		}
		if !e.Wall.Now().Before(s.until) {
			break // it waited too long for its turn: perhaps another has it
		}
		next, err := e.run(ctx, d, s)
		switch {
		case errors.Is(err, errFenced):
			return runs, nil
		case err != nil && ctx.Err() != nil:
			return runs, e.release(ctx, s)
		case err != nil:
			return runs, err // what was committed is kept, the lease ends by itself
		}
		runs++
		e.announce([]Saga{s}, []Saga{next})
		s = next
	}
	return runs, nil
}

// announce reports what a person should know: once, when it begins.
func (e *Engine) announce(before, after []Saga) {
	for i, now := range after {
		if now.State == StateStuck && before[i].State != StateStuck {
			e.report(fmt.Errorf("%w: %s %s of subject %d in %s: %s",
				ErrStuck, now.Kind, now.ID, now.Subject, now.Step, now.Why))
		}
	}
}

// run runs the saga's step once and keeps what came of it. Errors: errFenced,
// those of the database when not even a fault could be kept.
func (e *Engine) run(ctx context.Context, d *Definition, s Saga) (Saga, error) {
	i := d.at(s.Step)
	if i < 0 {
		return e.keep(ctx, d, s, Next{verb: refuse, why: "this program has no such step"})
	}
	step := &d.Steps[i]
	s.Step = step.Name
	next, err := e.try(ctx, d, step, []Saga{s})
	if err == nil {
		return next[0], nil
	}
	if errors.Is(err, errFenced) || ctx.Err() != nil {
		return s, err
	}
	n := Next{verb: retry, why: err.Error()}
	if isRefusal(err) {
		n.verb = refuse
		if step.UndoRefused && !s.undoing() {
			n.verb = undo
		}
	} else {
		e.report(fmt.Errorf("saga: %s %s in %s: %w", s.Kind, s.ID, s.Step, err))
	}
	return e.keep(ctx, d, s, n)
}

// try runs a step for one saga, or for a group of a step that takes many. An
// error has changed nothing. A panic is an error here: one saga must not stop
// the others.
func (e *Engine) try(
	ctx context.Context, d *Definition, step *Step, all []Saga,
) (next []Saga, err error) {
	ctx, cancel := context.WithTimeout(ctx, CallTime)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	undoing := all[0].undoing()
	if step.Call == nil || undoing {
		return e.commit(ctx, d, all, step.work(undoing))
	}
	s := all[0]
	n, err := step.Call(ctx, &s)
	all[0].point("after-call")
	if err != nil {
		return nil, err
	}
	all[0].Data = s.Data
	kept, err := e.keep(ctx, d, all[0], n)
	return []Saga{kept}, err
}

// work is what a transaction of a step does for the sagas in it.
type work func(ctx context.Context, tx *db.Tx, all []*Saga) ([]Next, error)

// work returns what a run of the step does in its transaction.
func (step *Step) work(undoing bool) work {
	one := step.Do
	switch {
	case undoing:
		one = step.Undo
	case step.Many != nil:
		return step.Many
	}
	return func(ctx context.Context, tx *db.Tx, all []*Saga) ([]Next, error) {
		n, err := one(ctx, tx, all[0])
		return []Next{n}, err
	}
}

// keep stores what came of a run in a transaction of its own.
func (e *Engine) keep(ctx context.Context, d *Definition, s Saga, n Next) (Saga, error) {
	kept, err := e.commit(ctx, d, []Saga{s},
		func(context.Context, *db.Tx, []*Saga) ([]Next, error) { return []Next{n}, nil })
	if err != nil {
		return s, err
	}
	return kept[0], nil
}

// commit does the work and moves the sagas in one transaction, fenced by their
// epochs and turns. A run after a lost answer finds its own commit by the turn.
func (e *Engine) commit(
	ctx context.Context, d *Definition, all []Saga, work work,
) ([]Saga, error) {
	turn := int64(0) // of this commit: none of the sagas has had it
	for i := range all {
		turn = max(turn, all[i].turn+1)
	}
	next, err := db.WriteBulk(ctx, e.DB, func(ctx context.Context, tx *db.Tx) ([]Saga, error) {
		if tx.Attempt() > 0 {
			if now, err := committed(ctx, tx, all, turn); now != nil || err != nil {
				return now, err
			}
		}
		now := slices.Clone(all) // the work's own: this closure may run again
		each := make([]*Saga, len(now))
		for i := range now {
			each[i] = &now[i]
		}
		means, err := work(ctx, tx, each)
		if err == nil && len(means) != len(all) {
			err = fmt.Errorf("%d answers for %d sagas", len(means), len(all))
		}
		if err != nil {
			return nil, err
		}
		for i := range now {
			data := now[i].Data // nothing else is the step's to change
			now[i] = all[i]
			now[i].Data = data
			now[i] = now[i].after(d, means[i], tx.Now())
			now[i].until = e.claimed(now[i], len(all), tx.Now())
		}
		if err := storeProgress(ctx, tx, now, turn); err != nil {
			return nil, err
		}
		all[0].point("before-commit")
		for i := range now {
			now[i].turn = turn
		}
		return now, nil
	})
	if err == nil {
		all[0].point("after-commit")
	}
	return next, err
}

// claimed is until when a worker keeps a saga: a lone one that runs again at once.
func (e *Engine) claimed(s Saga, group int, now time.Time) time.Time {
	if group > 1 || s.NextAt.IsZero() || s.NextAt.After(now) {
		return time.Time{}
	}
	return e.Wall.Now().Add(leaseTime)
}

// committed returns the sagas as this commit has left them before, when its
// answer was lost; nil when it was not made.
func committed(ctx context.Context, tx *db.Tx, all []Saga, turn int64) ([]Saga, error) {
	ids := make([]int64, len(all))
	for i := range all {
		ids[i] = int64(all[i].ID)
	}
	now, err := loadMany(ctx, tx, ids) // in the order of ids, as claims are
	for i := range now {
		if now[i].epoch != all[i].epoch || now[i].turn != turn {
			return nil, err
		}
	}
	return now, err
}

// point is where a test may end the process.
func (s Saga) point(where string) {
	if !fault.Named() {
		return
	}
	name := s.Step
	if s.undoing() {
		name = "undo-" + name
	}
	fault.Point("saga." + s.Kind + "." + name + "." + where)
}

// release gives the claim back when the engine stops, so that another need not
// wait for its end.
func (e *Engine) release(ctx context.Context, s Saga) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_, err := db.Write(ctx, e.DB, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
		return struct{}{}, storeReleased(ctx, tx, s)
	})
	return err
}

// isRefusal tells a room's answer from a fault: what plumbing refuses (the
// database is busy, a lease was lost) is no answer to the step.
func isRefusal(err error) bool {
	room, _, _ := strings.Cut(refusal.Code(err), ".")
	switch room {
	case "", "db", "id", "lease", "batch", "outbox":
		return false
	}
	return true
}
