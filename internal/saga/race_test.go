package saga

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"openlend/internal/clock"
	"openlend/internal/db"
	"openlend/internal/outbox"
)

// Several engines, of several processes as far as the database can tell, share
// the work: each step once, nothing left over.
func TestManyEngines(t *testing.T) {
	each(t, func(b *bench) {
		const sagas = 200
		b.define(b.does("one"), b.does("two"))
		var all []New
		for n := range int64(sagas) {
			all = append(all, New{Subject: n})
		}
		ids := write(b, func(ctx context.Context, tx *db.Tx) ([]ID, error) {
			return StartMany(ctx, tx, b.ids, "trip", all)
		})
		again := write(b, func(ctx context.Context, tx *db.Tx) ([]ID, error) {
			return StartMany(ctx, tx, b.ids, "trip", all[:3])
		})
		if again[2] != ids[2] {
			b.Errorf("started again it is %s, not %s", again[2], ids[2])
		}
		var runs atomic.Int64
		var engines sync.WaitGroup
		for range 3 {
			engines.Go(func() {
				e := b.engine(b.wall)
				e.Definitions = b.Definitions
				n, err := e.RunDue(b.Context())
				if err != nil {
					b.Error(err)
				}
				runs.Add(int64(n))
			})
		}
		engines.Wait()
		if n := runs.Load() + int64(b.run()); n != 2*sagas {
			b.Errorf("%d runs of %d steps", n, 2*sagas)
		}
		for i, n := range ids {
			if b.get(n).State != StateDone {
				b.Errorf("saga %d is %s", i, b.get(n).State)
			}
			b.effects(int64(i), "one", "two")
		}
	})
}

// A step that takes many is given groups; a guilty saga is found and the others
// go on, each once.
func TestManyAtOnce(t *testing.T) {
	each(t, func(b *bench) {
		const sagas, guilty, faulty = 150, 70, 71
		var groups, alone atomic.Int64
		count := Step{Name: "count", Many: func(
			ctx context.Context, tx *db.Tx, all []*Saga,
		) ([]Next, error) {
			groups.Add(1)
			if len(all) == 1 {
				alone.Add(1)
			}
			next := make([]Next, len(all))
			for i, s := range all {
				next[i] = Done()
				if s.Pieces == 0 {
					next[i] = More()
				}
				if err := effect(ctx, tx, b.ids, s.Subject, "count"); err != nil {
					return nil, err
				}
			}
			return next, guilt(all, guilty, faulty)
		}}
		b.define(count, b.does("two"))
		var all []New
		for n := range int64(sagas) {
			all = append(all, New{Subject: n})
		}
		ids := write(b, func(ctx context.Context, tx *db.Tx) ([]ID, error) {
			return StartMany(ctx, tx, b.ids, "trip", all)
		})
		b.run()
		for i, n := range ids {
			if i != guilty && i != faulty {
				b.stands(n, StateDone, "two", "")
				b.effects(int64(i), "count", "count", "two")
			}
		}
		b.stands(ids[guilty], StateStuck, "count", "no")
		b.effects(guilty)
		if s := b.get(ids[faulty]); s.State != StateWaiting || !strings.Contains(s.Why, "broken") {
			b.Errorf("the faulty one is %s because %q", s.State, s.Why)
		}
		b.effects(faulty)
		// Three groups at first, one of which goes alone, and two when the pieces of
		// the others are done.
		if groups.Load()-alone.Load() < 4 || alone.Load() < groupMax {
			b.Errorf("%d groups, of which %d of one", groups.Load(), alone.Load())
		}
	})
}

// guilt refuses one subject and breaks at another.
func guilt(all []*Saga, guilty, faulty int64) error {
	for _, s := range all {
		switch s.Subject {
		case guilty:
			return errNo
		case faulty:
			panic("broken")
		}
	}
	return nil
}

// other is an engine whose clock says that the bench's claims have ended.
func (b *bench) other() Engine {
	e := b.engine(clock.NewManual(start.Add(leaseTime)))
	e.Definitions = b.Definitions
	return e
}

// A worker that slept between its claim and its step, or within a call, finds
// that another has done the work.
func TestLateWorkerIsFenced(t *testing.T) {
	each(t, func(b *bench) {
		b.define(b.does("one"), b.does("two"))
		n := b.start(1)
		claimed, err := b.claim(b.Context())
		b.must(err)
		if b.run() != 0 {
			b.Error("a claimed saga was claimed again")
		}
		other := b.other()
		if _, err := other.RunDue(b.Context()); err != nil {
			b.Fatal(err)
		}
		if runs, err := b.drive(b.Context(), claimed); runs != 0 || err != nil {
			b.Errorf("the late worker: %d runs, %v", runs, err)
		}
		b.effects(1, "one", "two")

		// The same with a step that refuses what was done already: nobody hears of it.
		late := b.Engine
		late.Definitions = []Definition{{"trip", []Step{{Name: "one",
			Call: func(ctx context.Context, _ *Saga) (Next, error) {
				if _, err := other.RunDue(ctx); err != nil {
					return Next{}, err
				}
				return Done(), errNo
			}}}}}
		n2 := b.start(2)
		if _, err := late.RunDue(b.Context()); err != nil {
			b.Fatal(err)
		}
		for _, n := range []ID{n, n2} {
			b.stands(n, StateDone, "two", "")
		}
		b.effects(2, "one", "two")
	})
}

// A worker that is stopped inside the transaction of a step loses all of it. (On
// SQLite nobody else writes meanwhile.)
func TestStoppedInItsTransaction(t *testing.T) {
	each(t, func(b *bench) {
		if b.db.Engine() == db.SQLite {
			return
		}
		stop, stopped := make(chan struct{}), make(chan struct{})
		slow := b.does("one")
		slow.Do = func(ctx context.Context, tx *db.Tx, s *Saga) (Next, error) {
			err := effect(ctx, tx, b.ids, s.Subject, "late one")
			close(stopped)
			<-stop
			return Done(), err
		}
		b.define(slow)
		n := b.start(1)
		var late sync.WaitGroup
		late.Go(func() {
			if _, err := b.RunDue(b.Context()); err != nil {
				b.Error(err)
			}
		})
		<-stopped
		b.define(b.does("one"))
		other := b.other()
		if _, err := other.RunDue(b.Context()); err != nil {
			b.Fatal(err)
		}
		close(stop)
		late.Wait()
		b.stands(n, StateDone, "one", "")
		b.effects(1, "one")
	})
}

// A commit whose answer was lost is found by its turn: the step is not run again
// on top of itself.
func TestLostAnswer(t *testing.T) {
	each(t, func(b *bench) {
		if b.db.Engine() == db.SQLite {
			return // one writer: the twin could not commit meanwhile
		}
		step := b.does("one")
		b.define(step, b.does("two"))
		n := b.start(1)
		claimed, err := b.claim(b.Context())
		b.must(err)
		s := claimed[0]
		s.Step = "one"
		twin := context.WithoutCancel(b.Context())
		got, err := b.commit(b.Context(), &b.Definitions[0], []Saga{s},
			func(_ context.Context, tx *db.Tx, _ []*Saga) ([]Next, error) {
				if tx.Attempt() > 0 {
					b.Error("the step runs again")
				}
				done := make(chan error)
				go func() {
					_, err := b.commit(twin, &b.Definitions[0], []Saga{s}, step.work(false))
					done <- err
				}()
				return nil, errors.Join(<-done, db.Again("as if the answer were lost"))
			})
		b.must(err)
		if _, err := b.drive(b.Context(), got); err != nil {
			b.Error(err)
		}
		b.stands(n, StateDone, "two", "")
		b.effects(1, "one", "two")
	})
}

// Run hears the bell, polls without one, and gives its claims back when it ends.
func TestRun(t *testing.T) {
	each(t, func(b *bench) {
		b.Bell = outbox.NewBell()
		calls := make(chan int64)
		b.define(Step{Name: "call", Call: func(ctx context.Context, s *Saga) (Next, error) {
			select {
			case calls <- s.Subject:
				return Done(), nil
			case <-ctx.Done():
				return Next{}, ctx.Err()
			}
		}})
		ctx, stop := context.WithCancel(b.Context())
		var running sync.WaitGroup
		running.Go(func() { b.Engine.Run(ctx) })
		b.start(1)
		b.Bell.Ring()
		if got := <-calls; got != 1 {
			b.Errorf("called for %d", got)
		}
		b.start(2) // no bell
		if got := <-calls; got != 2 {
			b.Errorf("called for %d", got)
		}
		n := b.start(3) // nobody answers this call
		for b.get(n).until.IsZero() {
			time.Sleep(time.Millisecond)
		}
		stop()
		running.Wait()
		s := b.get(n)
		if s.State != StateRunning || !s.until.IsZero() || s.Attempts != 0 || len(b.reports) != 0 {
			b.Errorf("after the stop: %+v, reports %v", s, b.reports)
		}
		if _, err := db.Write(b.Context(), b.db, func(context.Context, *db.Tx) (struct{}, error) {
			return struct{}{}, nil
		}); err != nil {
			b.Error(err)
		}
	})
}
