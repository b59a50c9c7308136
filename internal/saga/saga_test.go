package saga

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"openlend/internal/db"
	"openlend/refusal"
)

func TestStepsInTheirOrder(t *testing.T) {
	each(t, func(b *bench) {
		calls := 0
		count := b.does("count") // in three pieces, its cursor in the data
		count.Do = func(ctx context.Context, tx *db.Tx, s *Saga) (Next, error) {
			s.Data += "|"
			s.Subject, s.State, s.Kind = 99, StateStuck, "other" // not its to change
			if len(s.Data) < 3 {
				return More(), effect(ctx, tx, b.ids, 1, "piece")
			}
			return Done(), effect(ctx, tx, b.ids, 1, "last piece")
		}
		call := Step{Name: "call", Call: func(_ context.Context, s *Saga) (Next, error) {
			calls++
			s.Data += "called"
			return Done(), nil
		}}
		b.define(b.does("one"), count, call, b.does("two"))
		n := b.start(1)
		if got := b.stands(n, StateRunning, "", ""); got.Subject != 1 || !got.StartedAt.Equal(start) {
			b.Errorf("started as %+v", got)
		}
		if again := b.start(1); again != n {
			b.Errorf("started again it is %s, not %s", again, n)
		}
		if got := b.run(); got != 6 {
			b.Errorf("%d runs of steps, want 6", got)
		}
		s := b.stands(n, StateDone, "two", "")
		if s.Data != "|||called" || s.Subject != 1 || !s.EndedAt.Equal(start) {
			b.Errorf("ended as %+v", s)
		}
		b.effects(1, "one", "piece", "piece", "last piece", "two")
		b.wake(1) // it has ended, and others were never there
		b.wake(7)
		if again := b.start(1); again != n || b.run() != 0 || calls != 1 {
			b.Errorf("an ended saga was run again: %s, %d calls", again, calls)
		}
	})
}

func TestWaitUntilWokenOrTime(t *testing.T) {
	each(t, func(b *bench) {
		until := start.Add(time.Hour)
		answer := Wait("for the bank", until)
		ask := b.does("ask")
		ask.Do = func(ctx context.Context, tx *db.Tx, s *Saga) (Next, error) {
			return answer, effect(ctx, tx, b.ids, s.Subject, "ask")
		}
		b.define(ask)
		n := b.start(1)
		b.run()
		if s := b.stands(n, StateWaiting, "ask", "for the bank"); !s.NextAt.Equal(until) ||
			s.Attempts != 1 || !s.SinceAt.Equal(start) {
			b.Errorf("it waits as %+v", s)
		}
		b.now.Advance(time.Hour - time.Microsecond)
		if b.run() != 0 {
			b.Error("it ran before its time")
		}
		b.now.Advance(time.Microsecond)
		answer = Wait("for ever", time.Time{})
		if b.run() != 1 {
			b.Error("its time came and it did not run once")
		}
		b.now.Advance(1000 * time.Hour)
		if s := b.stands(n, StateWaiting, "ask", "for ever"); b.run() != 0 || !s.NextAt.IsZero() {
			b.Errorf("it waits for a wake-up alone, as %+v", s)
		}
		b.wake(1)
		if b.run() != 1 { // an answer may come that is not the one it waits for
			b.Error("woken it did not run once")
		}
		answer = Done()
		b.wake(1)
		b.wake(1)
		b.run()
		b.stands(n, StateDone, "ask", "")
		b.effects(1, "ask", "ask", "ask", "ask")
	})
}

// The answer comes while the saga is still busy asking: it must not be lost.
func TestWakeDuringARun(t *testing.T) {
	each(t, func(b *bench) {
		answered := false
		ask := Step{Name: "ask", Call: func(context.Context, *Saga) (Next, error) {
			if answered {
				return Done(), nil
			}
			answered = true
			b.wake(1)
			return Wait("for the answer", time.Time{}), nil
		}}
		b.define(ask)
		n := b.start(1)
		b.run()
		b.stands(n, StateDone, "ask", "")
	})
}

// A step that waits for the past would spin.
func TestWaitForThePast(t *testing.T) {
	each(t, func(b *bench) {
		b.define(Step{Name: "ask", Call: func(context.Context, *Saga) (Next, error) {
			return Wait("for yesterday", start.Add(-24*time.Hour)), nil
		}})
		n := b.start(1)
		if runs := b.run(); runs != 1 {
			b.Errorf("%d runs", runs)
		}
		if s := b.get(n); !s.NextAt.Equal(start.Add(5 * time.Second)) {
			b.Errorf("next at %s", s.NextAt)
		}
	})
}

func TestFaultsAreTriedAgain(t *testing.T) {
	each(t, func(b *bench) {
		fails := map[string]func() error{
			"error":    func() error { return errors.New("broken \x00 \xff") },
			"panic":    func() error { panic("broken") },
			"plumbing": func() error { return db.ErrBusy },
		}
		for subject, how := range []string{"error", "panic", "plumbing"} {
			b.failsThenWorks(int64(subject), fails[how])
		}
	})
}

func (b *bench) failsThenWorks(subject int64, fail func() error) {
	b.Helper()
	b.reports = nil
	broken := true
	step := b.does("try")
	step.Backoff = Backoff{First: time.Second, Most: 3 * time.Second}
	step.Do = func(ctx context.Context, tx *db.Tx, s *Saga) (Next, error) {
		s.Data = "lost when it fails"
		if err := effect(ctx, tx, b.ids, s.Subject, "try"); err != nil {
			return Next{}, err
		}
		if broken {
			return Next{}, fail()
		}
		return Done(), nil
	}
	b.define(step)
	n := b.start(subject)
	const second = time.Second
	for i, want := range []time.Duration{second, 2 * second, 3 * second, 3 * second} {
		b.run()
		s := b.get(n)
		wait := s.NextAt.Sub(b.now.Now())
		if s.State != StateWaiting || wait != want || s.Attempts != i+1 ||
			s.Why == "" || s.Data != "" {
			b.Fatalf("after fault %d it waits %s: %+v", i+1, wait, s)
		}
		b.now.Advance(wait)
	}
	b.effects(subject)
	if len(b.reports) != 4 {
		b.Errorf("%d faults reported: %v", len(b.reports), b.reports)
	}
	broken = false
	b.run()
	b.stands(n, StateDone, "try", "")
	b.effects(subject, "try")
}

var errNo = refusal.New("trip.no", "no")

func TestRefused(t *testing.T) {
	each(t, func(b *bench) {
		err := error(errNo)
		answer := func(context.Context, *Saga) (Next, error) { return Done(), err }
		b.define(b.does("one"), Step{Name: "ask", Call: answer})
		n := b.start(1)
		b.run()
		if s := b.stands(n, StateStuck, "ask", "no"); !s.NextAt.IsZero() {
			b.Errorf("stuck until %s", s.NextAt)
		}
		b.now.Advance(1000 * time.Hour)
		if b.run() != 0 || len(b.reports) != 1 || !errors.Is(b.reports[0], ErrStuck) {
			b.Errorf("a refused step runs by itself, or was reported as %v", b.reports)
		}
		err = nil
		write(b, func(ctx context.Context, tx *db.Tx) (Saga, error) { return Nudge(ctx, tx, n) })
		b.run()
		b.stands(n, StateDone, "ask", "")

		err = errNo
		b.define(b.does("one"), Step{Name: "ask", Call: answer, UndoRefused: true})
		n = b.start(2)
		b.run()
		if s := b.stands(n, StateUndone, "one", ""); s.UndoWhy != "no" {
			b.Errorf("undone because %q", s.UndoWhy)
		}
		b.effects(2, "one", "undo one")
		for want, n := range map[error]ID{ErrEnded: n, ErrNotFound: 5} {
			nudge := func(ctx context.Context, tx *db.Tx) (Saga, error) { return Nudge(ctx, tx, n) }
			_, err := db.Write(b.Context(), b.db, nudge)
			if !errors.Is(err, want) {
				b.Errorf("nudging %s: %v, want %v", n, err, want)
			}
		}
	})
}

// Undone are the steps that were done, and the one that gave up after pieces of
// it were; the nearest first.
func TestUndoBackwards(t *testing.T) {
	each(t, func(b *bench) {
		plain := b.does("plain")
		plain.Undo = nil
		pieces := b.does("pieces")
		pieces.Do = func(ctx context.Context, tx *db.Tx, s *Saga) (Next, error) {
			if s.Subject > 1 && s.Pieces < 2 {
				return More(), effect(ctx, tx, b.ids, s.Subject, "piece")
			}
			return Undo("the bank says no"), nil
		}
		broken := true
		pieces.Undo = func(ctx context.Context, tx *db.Tx, s *Saga) (Next, error) {
			switch {
			case broken:
				broken = false
				return Done(), errors.New("broken")
			case s.Pieces < 2:
				return More(), effect(ctx, tx, b.ids, s.Subject, "undo piece")
			}
			return Done(), nil
		}
		b.define(b.does("one"), plain, b.does("two"), pieces, b.does("never"))
		for subject, want := range map[int64][]string{
			1: {"one", "plain", "two", "undo two", "undo one"},
			2: {
				"one", "plain", "two", "piece", "piece", "undo piece", "undo piece",
				"undo two", "undo one",
			},
		} {
			broken = true
			n := b.start(subject)
			b.run()
			if subject == 2 { // the fault of its undoing
				b.stands(n, StateUndoing, "pieces", "broken")
				b.now.Advance(5 * time.Second)
				b.run()
			}
			if s := b.stands(n, StateUndone, "one", ""); s.UndoWhy != "the bank says no" {
				b.Errorf("undone because %q", s.UndoWhy)
			}
			b.effects(subject, want...)
		}
	})
}

// Past its deadline a step is reported once, and goes on when its answer comes.
func TestDeadline(t *testing.T) {
	each(t, func(b *bench) {
		answer := func() Next { return Wait("for the bank", time.Time{}) }
		b.define(b.does("one"), Step{Name: "ask", Deadline: time.Hour,
			Call: func(context.Context, *Saga) (Next, error) { return answer(), nil }})
		n := b.start(1)
		b.run()
		if s := b.stands(n, StateWaiting, "ask", "for the bank"); !s.NextAt.Equal(
			start.Add(time.Hour)) {
			b.Errorf("it looks again at %s", s.NextAt)
		}
		b.now.Advance(time.Hour)
		answer = func() Next { return Retry("for the bank", 30*time.Minute) }
		for range 3 {
			b.run()
			b.stands(n, StateStuck, "ask", "for the bank")
			b.now.Advance(30 * time.Minute)
		}
		if len(b.reports) != 1 || !errors.Is(b.reports[0], ErrStuck) {
			b.Errorf("reported: %v", b.reports)
		}
		answer = Done
		b.wake(1)
		b.run()
		b.stands(n, StateDone, "ask", "")
	})
}

func TestList(t *testing.T) {
	each(t, func(b *bench) {
		b.define(Step{Name: "odd", Call: func(_ context.Context, s *Saga) (Next, error) {
			if s.Subject%2 == 1 {
				return Wait(fmt.Sprint("as number ", s.Subject), time.Time{}), nil
			}
			return Done(), nil
		}})
		var all []ID
		for subject := range int64(6) {
			all = append(all, b.start(subject))
		}
		b.run()
		for _, c := range []struct {
			q    Query
			want []ID
		}{
			{Query{}, []ID{all[5], all[3], all[1]}},
			{Query{Kind: "trip", State: StateWaiting}, []ID{all[5], all[3], all[1]}},
			{Query{Kind: "other"}, nil},
			{Query{State: StateDone}, []ID{all[4], all[2], all[0]}},
			{Query{State: StateStuck}, nil},
			{Query{After: all[5], Limit: 1}, []ID{all[3]}},
			{Query{State: StateDone, After: all[2]}, []ID{all[0]}},
		} {
			got := write(b, func(ctx context.Context, tx *db.Tx) ([]Saga, error) {
				return List(ctx, tx, c.q)
			})
			var ids []ID
			for _, s := range got {
				ids = append(ids, s.ID)
				if s.State == StateWaiting && s.Why != fmt.Sprint("as number ", s.Subject) {
					b.Errorf("%d waits because %q", s.Subject, s.Why)
				}
			}
			if !slices.Equal(ids, c.want) {
				b.Errorf("%+v: %v, want %v", c.q, ids, c.want)
			}
		}
	})
}

// A program that does not know a kind leaves it alone; one that does not know
// the step says so.
func TestOtherPrograms(t *testing.T) {
	each(t, func(b *bench) {
		n := b.start(1)
		if b.run() != 0 {
			b.Error("a saga of no definition ran")
		}
		b.define(Step{Name: "ask", Call: func(context.Context, *Saga) (Next, error) {
			return Wait("for something", start.Add(time.Second)), nil
		}})
		b.run()
		b.define(b.does("another"))
		b.now.Advance(time.Second)
		b.run()
		if s := b.get(n); s.State != StateStuck || !strings.Contains(s.Why, "no such step") {
			b.Errorf("it is %s because %q", s.State, s.Why)
		}
	})
}

func TestIDs(t *testing.T) {
	t.Parallel()
	for _, n := range []ID{1, 1 << 40} {
		if got, err := ParseID(n.String()); err != nil || got != n {
			t.Errorf("%s read as %d, %v", n, got, err)
		}
	}
	if _, err := ParseID("loan_0000000000001"); !errors.Is(err, ErrMalformed) {
		t.Errorf("another kind of id: %v", err)
	}
}
