package saga

import (
	"fmt"
	"strings"
	"time"
)

// at returns the place of a step, 0 for "" (not begun), -1 when there is none.
func (d *Definition) at(step string) int {
	for i := range d.Steps {
		if d.Steps[i].Name == step || step == "" {
			return i
		}
	}
	return -1
}

// after is the saga after a run of its step at the instant now: the whole rule
// of how sagas move.
func (s Saga) after(d *Definition, n Next, now time.Time) Saga {
	s.Attempts++
	if n.verb == refuse {
		s.State, s.Why, s.NextAt = StateStuck, text(n.why), time.Time{}
		return s
	}
	i := d.at(s.Step)
	step := &d.Steps[i]
	s.Step = step.Name
	switch n.verb {
	case done:
		if s.undoing() {
			return s.undoFrom(d, i-1, now)
		}
		return s.enter(d, i+1, now)
	case more:
		s.Pieces++
		return s.progressed(now)
	case wait:
		return s.sleep(step, n.why, n.until, now)
	case retry:
		if n.after <= 0 {
			n.after = step.Backoff.After(s.Attempts)
		}
		return s.sleep(step, n.why, now.Add(n.after), now)
	case undo:
		if s.undoing() {
			break
		}
		s.UndoWhy = text(n.why)
		if s.Pieces == 0 {
			i--
		}
		return s.undoFrom(d, i, now)
	}
	panic(fmt.Sprintf("step %s of %s returned no Next that it may", s.Step, s.Kind))
}

func (s Saga) undoing() bool { return s.UndoWhy != "" }

// progressed is s running (or undoing) again at once, its waiting over.
func (s Saga) progressed(now time.Time) Saga {
	s.State = StateRunning
	if s.undoing() {
		s.State = StateUndoing
	}
	s.Attempts, s.Why, s.SinceAt, s.NextAt = 0, "", now, now
	return s
}

func (s Saga) enter(d *Definition, i int, now time.Time) Saga {
	s.Pieces = 0
	if i == len(d.Steps) {
		return s.end(StateDone, now)
	}
	s.Step = d.Steps[i].Name
	return s.progressed(now)
}

// undoFrom goes on with the nearest step from i downwards that has an Undo.
func (s Saga) undoFrom(d *Definition, i int, now time.Time) Saga {
	s.Pieces = 0
	for i >= 0 && d.Steps[i].Undo == nil {
		i--
	}
	if i < 0 {
		return s.end(StateUndone, now)
	}
	s.Step = d.Steps[i].Name
	return s.progressed(now)
}

func (s Saga) end(state State, now time.Time) Saga {
	s.State, s.Attempts, s.Why = state, 0, ""
	s.SinceAt, s.NextAt, s.EndedAt = now, time.Time{}, now
	return s
}

// sleep waits until an instant, zero: until woken. An instant that is not to
// come would spin; it is taken as "soon". A step without progress since its
// deadline is stuck, and looks again at the deadline to find that out.
func (s Saga) sleep(step *Step, why string, until, now time.Time) Saga {
	if !until.IsZero() && !until.After(now) {
		until = now.Add(step.Backoff.After(s.Attempts))
	}
	switch deadline := s.SinceAt.Add(step.Deadline); {
	case step.Deadline > 0 && !now.Before(deadline):
		s.State = StateStuck
	case step.Deadline > 0 && (until.IsZero() || until.After(deadline)):
		until = deadline
		fallthrough
	default:
		s.State = StateWaiting
		if s.undoing() {
			s.State = StateUndoing
		}
	}
	s.Why, s.NextAt = text(why), until
	return s
}

// text is what a row keeps of an error: PostgreSQL keeps no NUL.
func text(why string) string {
	if why == "" {
		return "no reason given"
	}
	why = strings.ToValidUTF8(why[:min(len(why), 500)], "?")
	return strings.ReplaceAll(why, "\x00", "?")
}
