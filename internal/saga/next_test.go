package saga

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestBackoff(t *testing.T) {
	t.Parallel()
	var got []time.Duration
	for attempts := 1; attempts <= 12; attempts++ {
		got = append(got, Backoff{}.After(attempts))
	}
	want := []time.Duration{
		5 * time.Second, 10 * time.Second, 20 * time.Second, 40 * time.Second, 80 * time.Second,
		160 * time.Second, 320 * time.Second, 640 * time.Second, 1280 * time.Second,
		2560 * time.Second, time.Hour, time.Hour,
	}
	if !slices.Equal(got, want) {
		t.Errorf("schedule %v, want %v", got, want)
	}
	if d := (Backoff{First: time.Minute, Most: time.Second}).After(1000); d != time.Second {
		t.Errorf("a first wait above the longest: %s", d)
	}
}

// Whatever steps answer: states follow the drawing; what ended stays; the steps
// that were done, or begun, are undone once each, backwards.
func TestSagasMoveAsDrawn(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := anyDefinition(t)
		var counted, undone []string // steps that are to be undone, nearest first; and were
		now := start
		s := Saga{State: StateRunning, SinceAt: now, NextAt: now, Kind: d.Name}
		for !s.State.ended() {
			now = now.Add(time.Duration(rapid.IntRange(0, 90).Draw(t, "seconds")) * time.Second)
			n := anyNext(t, now, s.undoing())
			before := s
			s = s.after(d, n, now)
			step := &d.Steps[d.at(before.Step)]
			switch {
			case n.verb == done && before.undoing():
				undone = append(undone, before.Step)
			case n.verb == done, n.verb == undo && before.Pieces > 0:
				if step.Undo != nil {
					counted = slices.Insert(counted, 0, step.Name)
				}
			}
			mustFollow(t, before, s, n, step, now)
		}
		if s.State == StateUndone && !slices.Equal(undone, counted) {
			t.Fatalf("undone %v, want %v", undone, counted)
		}
		if s.State == StateDone && len(undone) > 0 {
			t.Fatalf("done, and undone %v", undone)
		}
	})
}

// mustFollow checks one move.
func mustFollow(t *rapid.T, before, s Saga, n Next, step *Step, now time.Time) {
	if !slices.Contains(before.State.Steps(), s.State) {
		t.Fatalf("%s after %s", s.State, before.State)
	}
	progress := n.verb == done || n.verb == more || n.verb == undo
	if progress && s.Attempts != 0 || !progress && s.Attempts != before.Attempts+1 {
		t.Fatalf("%d attempts after %d", s.Attempts, before.Attempts)
	}
	if s.State != StateWaiting {
		return
	}
	if !s.NextAt.IsZero() && !s.NextAt.After(now) {
		t.Fatalf("it waits until %s at %s", s.NextAt, now)
	}
	if step.Deadline > 0 && s.NextAt.Sub(s.SinceAt) > step.Deadline {
		t.Fatalf("it would not see its deadline %s: %+v", step.Deadline, s)
	}
}

func anyDefinition(t *rapid.T) *Definition {
	d := &Definition{Name: "trip"}
	for i := range rapid.IntRange(1, 5).Draw(t, "steps") {
		step := Step{Name: strconv.Itoa(i), Deadline: time.Duration(
			rapid.IntRange(0, 2).Draw(t, "deadline")) * time.Minute}
		if rapid.Bool().Draw(t, "undo") {
			step.Undo = new(bench).effect("")
		}
		d.Steps = append(d.Steps, step)
	}
	return d
}

func anyNext(t *rapid.T, now time.Time, undoing bool) Next {
	verbs := []Next{
		Done(), More(), Wait("w", time.Time{}),
		Wait("w", now.Add(time.Duration(rapid.IntRange(-5, 500).Draw(t, "until"))*time.Second)),
		Retry("r", 0), Retry("r", time.Minute), {verb: refuse, why: "no"}, Undo("u"), Undo(""),
	}
	if undoing {
		verbs = verbs[:7]
	}
	return rapid.SampledFrom(verbs).Draw(t, "next")
}
