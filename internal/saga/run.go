package saga

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"openlend/internal/db"
	"openlend/internal/fault"
	"openlend/refusal"
)

// drive runs the steps of a claimed saga until it must wait or has ended, and
// returns how many runs that took. The error is one of the database.
func (e *Engine) drive(ctx context.Context, s Saga) (runs int, err error) {
	d := e.definition(s.Kind)
	for {
		if ctx.Err() != nil {
			return runs, e.release(ctx, s)
		}
		if !e.Wall.Now().Before(s.until) {
			return runs, nil // it waited too long for its turn: perhaps another has it
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
		e.announce(s, next)
		if next.until.IsZero() {
			return runs, nil
		}
		s = next
	}
}

func (e *Engine) definition(kind string) *Definition {
	for i := range e.Definitions {
		if e.Definitions[i].Name == kind {
			return &e.Definitions[i]
		}
	}
	return nil // claims are by definition
}

// announce reports what a person should know: once, when it begins.
func (e *Engine) announce(before, now Saga) {
	if now.State == StateStuck && before.State != StateStuck {
		e.report(fmt.Errorf("%w: %s %s of subject %d in %s: %s",
			ErrStuck, now.Kind, now.ID, now.Subject, now.Step, now.Why))
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
	inner, cancel := context.WithTimeout(ctx, CallTime)
	defer cancel()
	next, err := e.try(inner, d, step, s)
	if err == nil || errors.Is(err, errFenced) || ctx.Err() != nil {
		return next, err
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

// try runs the step. An error has changed nothing. A panic is an error here: one
// saga must not stop the others.
func (e *Engine) try(
	ctx context.Context, d *Definition, step *Step, s Saga,
) (next Saga, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	work := step.Do
	if s.undoing() {
		work = step.Undo
	} else if step.Call != nil {
		n, err := step.Call(ctx, &s)
		s.point(step, "after-call")
		if err != nil {
			return s, err
		}
		return e.keep(ctx, d, s, n)
	}
	return e.commit(ctx, d, s, step, work)
}

// keep stores what came of a run in a transaction of its own.
func (e *Engine) keep(ctx context.Context, d *Definition, s Saga, n Next) (Saga, error) {
	return e.commit(ctx, d, s, &Step{Name: s.Step},
		func(context.Context, *db.Tx, *Saga) (Next, error) { return n, nil })
}

// commit runs work and moves the saga in one transaction, fenced by its epoch
// and turn. A run after a lost answer finds its own commit by the turn.
func (e *Engine) commit(
	ctx context.Context, d *Definition, s Saga, step *Step,
	work func(context.Context, *db.Tx, *Saga) (Next, error),
) (Saga, error) {
	next, err := db.WriteBulk(ctx, e.DB, func(ctx context.Context, tx *db.Tx) (Saga, error) {
		if tx.Attempt() > 0 {
			now, err := Get(ctx, tx, s.ID)
			if err != nil || now.epoch == s.epoch && now.turn == s.turn+1 {
				return now, err
			}
		}
		now := s // the step's own copy: this closure may run again
		n, err := work(ctx, tx, &now)
		if err != nil {
			return s, err
		}
		now = now.moved(s, d, n, tx.Now())
		if now.State == StateRunning || now.State == StateUndoing && !now.NextAt.After(tx.Now()) {
			now.until = e.Wall.Now().Add(leaseTime)
		} else {
			now.until = time.Time{}
		}
		if err := storeProgress(ctx, tx, now); err != nil {
			return s, err
		}
		s.point(step, "before-commit")
		now.turn++
		return now, nil
	})
	if err == nil {
		s.point(step, "after-commit")
	}
	return next, err
}

// moved is the saga after a run that may have changed its data, and nothing else
// of it.
func (s Saga) moved(before Saga, d *Definition, n Next, now time.Time) Saga {
	before.Data = s.Data
	return before.after(d, n, now)
}

// point is where a test may end the process.
func (s *Saga) point(step *Step, where string) {
	if !fault.Named() {
		return
	}
	name := step.Name
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
