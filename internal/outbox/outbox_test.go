package outbox

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"openlend/internal/clock"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/internal/lease"
	"openlend/internal/testdb"
)

var morning = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

// bench is one database with a clock and a relay that a test moves by hand.
type bench struct {
	*testing.T
	db    *db.DB
	wall  *clock.Manual
	ids   *id.Source
	relay *Relay
	lease lease.Lease
}

// each runs the test on every engine. Database and processes share one clock.
func each(t *testing.T, test func(b *bench)) {
	t.Parallel()
	testdb.EachURL(t, func(t *testing.T, url string) {
		wall := clock.NewManual(morning)
		d := testdb.Open(t, db.Options{URL: url, Clock: wall})
		b := &bench{T: t, db: d, wall: wall, ids: id.NewSeeded(morning)}
		b.relay = &Relay{DB: d, Wall: wall, Report: func(err error) { t.Error(err) }}
		b.lease = b.acquire("outbox")
		test(b)
	})
}

func (b *bench) acquire(name string) lease.Lease {
	b.Helper()
	l, err := lease.Acquire(b.Context(), b.db, b.wall, name, id.Holder(), leaseTime)
	b.must(err)
	return l
}

func (b *bench) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func (b *bench) next() int64 {
	n, err := b.ids.Next()
	if err != nil {
		b.Error(err)
	}
	return n
}

// write commits one event per key and returns their ids.
func (b *bench) write(topic string, keys ...string) (ids []int64) {
	b.Helper()
	var events []Event
	for _, key := range keys {
		e := Event{ID: b.next(), Topic: topic, Key: key, Payload: `{"n":1}`}
		events, ids = append(events, e), append(ids, e.ID)
	}
	b.must(b.transact(func(ctx context.Context, tx *db.Tx) error {
		return WriteMany(ctx, tx, events)
	}))
	return ids
}

func (b *bench) transact(fn func(context.Context, *db.Tx) error) error {
	_, err := db.Write(b.Context(), b.db, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
		return struct{}{}, fn(ctx, tx)
	})
	return err
}

func (b *bench) number() {
	b.Helper()
	b.must(b.relay.NumberAll(b.Context(), b.lease))
}

// all returns every kept event in order, and fails on a gap.
func (b *bench) all() []Event {
	b.Helper()
	oldest, _, err := Range(b.Context(), b.db)
	b.must(err)
	return b.after(oldest)
}

func (b *bench) after(seq int64) (all []Event) {
	b.Helper()
	_, last, err := Range(b.Context(), b.db)
	b.must(err)
	for seq < last {
		some, err := Tail(b.Context(), b.db, seq, 500)
		b.must(err)
		if len(some) == 0 {
			b.Fatalf("nothing after %d of %d", seq, last)
		}
		for _, e := range some {
			if seq++; e.Seq != seq {
				b.Fatalf("number %d where %d is next", e.Seq, seq)
			}
		}
		all = append(all, some...)
	}
	return all
}

func idsOf(events []Event) (ids []int64) {
	for _, e := range events {
		ids = append(ids, e.ID)
	}
	return ids
}

func TestEventComesBackAsWritten(t *testing.T) {
	each(t, func(b *bench) {
		e := Event{ID: b.next(), Topic: "kettle.boiled", Key: "kettle_1", Payload: `{"é":"水"}`}
		b.must(b.transact(func(ctx context.Context, tx *db.Tx) error { return Write(ctx, tx, e) }))
		if got := b.all(); len(got) != 0 {
			b.Errorf("visible without a number: %v", got)
		}
		b.number()
		e.Seq, e.CreatedAt = 1, morning
		if got := b.all(); len(got) != 1 || got[0] != e {
			b.Errorf("got %+v, want %+v", got, e)
		}
	})
}

func TestRolledBackEventIsNone(t *testing.T) {
	each(t, func(b *bench) {
		no := errors.New("no")
		err := b.transact(func(ctx context.Context, tx *db.Tx) error {
			return errors.Join(Write(ctx, tx, Event{ID: b.next()}), no)
		})
		if !errors.Is(err, no) {
			b.Fatal(err)
		}
		kept := b.write("t", "k")
		b.number()
		if got := idsOf(b.all()); !slices.Equal(got, kept) {
			b.Errorf("got %v, want %v", got, kept)
		}
	})
}

// Ids made early and committed late are not passed over.
func TestLateCommitsGetLaterNumbers(t *testing.T) {
	each(t, func(b *bench) {
		early := b.next()
		late := b.write("t", "a", "b")
		b.number()
		b.must(b.transact(func(ctx context.Context, tx *db.Tx) error {
			return Write(ctx, tx, Event{ID: early, Topic: "t", Key: "c"})
		}))
		b.number()
		want := []int64{late[0], late[1], early}
		if got := idsOf(b.all()); !slices.Equal(got, want) {
			b.Errorf("got %v, want %v", got, want)
		}
	})
}

// On PostgreSQL the transaction with the lower id is still open when the one
// with the higher id is committed and numbered.
func TestTransactionsThatOverlap(t *testing.T) {
	each(t, func(b *bench) {
		if b.db.Engine() == db.SQLite {
			b.Skip("one writer: transactions cannot overlap")
		}
		written, goOn := make(chan struct{}), make(chan struct{})
		var wg sync.WaitGroup
		early := b.next()
		wg.Go(func() {
			err := b.transact(func(ctx context.Context, tx *db.Tx) error {
				err := Write(ctx, tx, Event{ID: early, Topic: "t"})
				close(written)
				<-goOn
				return err
			})
			if err != nil {
				b.Error(err)
			}
		})
		<-written
		late := b.write("t", "")
		b.number()
		if got := idsOf(b.all()); !slices.Equal(got, late) {
			b.Errorf("while the first is open: %v", got)
		}
		close(goOn)
		wg.Wait()
		b.number()
		want := []int64{late[0], early}
		if got := idsOf(b.all()); !slices.Equal(got, want) {
			b.Errorf("got %v, want %v", got, want)
		}
	})
}

// Many writers, and relays that are killed and replaced while they work: every
// committed event gets one number, without a gap.
func TestManyWritersAndRelaysThatDie(t *testing.T) {
	each(t, func(b *bench) {
		var mu sync.Mutex
		var want []int64
		var writing, relaying sync.WaitGroup
		for range 8 {
			writing.Go(func() {
				for range 30 {
					ids := b.writeSlowly()
					mu.Lock()
					want = append(want, ids...)
					mu.Unlock()
				}
			})
		}
		ctx, stop := context.WithCancel(b.Context())
		defer stop()
		for range 3 { // each kills the one before it by letting its lease run out
			relaying.Go(func() {
				for ctx.Err() == nil {
					b.relayUntilKilled()
				}
			})
		}
		writing.Wait()
		stop()
		relaying.Wait()
		b.wall.Advance(leaseTime)
		b.lease = b.acquire("outbox")
		b.number()
		got := idsOf(b.all())
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			b.Errorf("%d events numbered, %d written", len(got), len(want))
		}
	})
}

// writeSlowly commits some events whose ids were made long before: on
// PostgreSQL other transactions commit in between.
func (b *bench) writeSlowly() []int64 {
	ids := make([]int64, 1+rand.IntN(4))
	for i := range ids {
		ids[i] = b.next()
	}
	err := b.transact(func(ctx context.Context, tx *db.Tx) error {
		for _, n := range ids {
			if err := Write(ctx, tx, Event{ID: n, Topic: "t"}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Error(err)
	}
	return ids
}

// relayUntilKilled numbers events until it is replaced, or killed at random:
// then it does not give its lease back.
func (b *bench) relayUntilKilled() {
	b.wall.Advance(leaseTime)
	l, err := lease.Acquire(b.Context(), b.db, b.wall, "outbox", id.Holder(), leaseTime)
	for err == nil && rand.IntN(5) > 0 {
		_, err = b.relay.Number(b.Context(), l)
	}
	replaced := errors.Is(err, lease.ErrLost) || errors.Is(err, lease.ErrHeld)
	if err != nil && !replaced {
		b.Error(err)
	}
}

// A relay that was stopped and wakes up when it has been replaced writes
// nothing: not a number, not a deletion.
func TestStaleRelayIsFenced(t *testing.T) {
	each(t, func(b *bench) {
		first := b.write("t", "a")
		b.number()
		waiting := b.write("t", "b", "c")
		stale := b.lease
		b.wall.Advance(keepTime + time.Second)
		b.lease = b.acquire("outbox")
		if _, err := b.relay.Number(b.Context(), stale); !errors.Is(err, lease.ErrLost) {
			b.Errorf("Number of the stale relay: %v", err)
		}
		if _, err := b.relay.Purge(b.Context(), stale); !errors.Is(err, lease.ErrLost) {
			b.Errorf("Purge of the stale relay: %v", err)
		}
		if got := idsOf(b.all()); !slices.Equal(got, first) {
			b.Errorf("after the stale relay: %v, want %v", got, first)
		}
		b.number()
		if got, want := idsOf(b.all()), slices.Concat(first, waiting); !slices.Equal(got, want) {
			b.Errorf("after the new one: %v, want %v", got, want)
		}
	})
}

// A relay that stops in the middle of its transaction, after the lease was
// checked, keeps its successor waiting; both together leave no gap.
func TestRelayPausedInItsTransaction(t *testing.T) {
	each(t, func(b *bench) {
		ids := b.write("t", "a", "b", "c")
		old := b.lease
		checked := make(chan struct{})
		var wg sync.WaitGroup
		wg.Go(func() {
			err := b.transact(func(ctx context.Context, tx *db.Tx) error {
				if err := old.Check(ctx, tx); err != nil {
					return err
				}
				st, err := lockAndReadState(ctx, tx)
				if err != nil {
					return err
				}
				close(checked)
				time.Sleep(50 * time.Millisecond)
				if st.last, err = giveNumbers(ctx, tx, st.last, 2); err != nil {
					return err
				}
				return writeState(ctx, tx, st)
			})
			if err != nil {
				b.Error(err)
			}
		})
		<-checked
		b.wall.Advance(leaseTime)
		b.lease = b.acquire("outbox")
		b.number()
		wg.Wait()
		if got := idsOf(b.all()); !slices.Equal(got, ids) {
			b.Errorf("got %v, want %v", got, ids)
		}
	})
}

func TestTailLimits(t *testing.T) {
	each(t, func(b *bench) {
		b.write("t", "a", "b", "c")
		b.number()
		for _, limit := range []int{-1, 0, maxLimit + 1} {
			if _, err := Tail(b.Context(), b.db, 0, limit); !errors.Is(err, ErrLimit) {
				b.Errorf("limit %d: %v", limit, err)
			}
		}
		for after, want := range map[int64]int{0: 2, 1: 2, 2: 1, 3: 0} {
			if got, err := Tail(b.Context(), b.db, after, 2); err != nil || len(got) != want {
				b.Errorf("after %d: %d events, %v", after, len(got), err)
			}
		}
		for _, after := range []int64{-1, 4} {
			if _, err := Tail(b.Context(), b.db, after, 2); !errors.Is(err, ErrReset) {
				b.Errorf("after %d: %v", after, err)
			}
		}
	})
}

func TestRetention(t *testing.T) {
	each(t, func(b *bench) {
		b.write("t", "a", "b")
		b.number()
		b.must(Register(b.Context(), b.db, "slow"))
		b.wall.Advance(keepTime / 2)
		b.write("t", "c")
		b.number()
		purge := func(want int, why string) {
			b.Helper()
			b.must(b.relay.PurgeAll(b.Context(), b.lease))
			if got := len(b.all()); got != want {
				b.Errorf("%s: %d events left, want %d", why, got, want)
			}
		}
		purge(3, "none is seven days old")
		b.wall.Advance(keepTime / 2)
		purge(3, "a consumer has passed none")
		b.pass("slow", 1)
		purge(2, "it has passed one")
		b.pass("slow", 3)
		purge(1, "it has passed all, one is young")

		if _, err := Tail(b.Context(), b.db, 1, 1); !errors.Is(err, ErrReset) {
			b.Errorf("resuming after 1, when 2 is deleted: %v", err)
		}
		got, err := Tail(b.Context(), b.db, 2, 9)
		if err != nil || len(got) != 1 || got[0].Seq != 3 {
			b.Errorf("resuming after 2: %v, %v", got, err)
		}
		b.must(Register(b.Context(), b.db, "new")) // begins with what is kept
		b.wall.Advance(keepTime)
		purge(1, "the new one has passed none")
		b.must(Unregister(b.Context(), b.db, "new"))
		purge(0, "it has left")
		if _, err := Tail(b.Context(), b.db, 3, 9); err != nil {
			b.Errorf("resuming at the end: %v", err)
		}
		b.write("t", "d")
		b.number()
		if got := b.all(); len(got) != 1 || got[0].Seq != 4 {
			b.Errorf("the number after all were deleted: %v", got)
		}
	})
}

func (b *bench) pass(consumer string, seq int64) {
	b.Helper()
	b.must(b.transact(func(ctx context.Context, tx *db.Tx) error {
		return pass(ctx, tx, consumer, seq)
	}))
}

// What the relay and a consumer do by themselves, over real time.
func TestRunning(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, d *db.DB) {
		ids := id.NewSeeded(morning)
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		var running sync.WaitGroup
		var mu sync.Mutex
		var heard []string
		const want = 50
		consumer := &Consumer{
			Name: "listener", Bell: NewBell(),
			Handle: func(_ context.Context, tx *db.Tx, events []Event) error {
				tx.OnDone(func(committed bool) {
					if !committed {
						return
					}
					mu.Lock()
					defer mu.Unlock()
					for _, e := range events {
						heard = append(heard, e.Payload)
					}
					if len(heard) == want {
						stop()
					}
				})
				return nil
			},
		}
		relay := &Relay{DB: d, Wall: clock.System{}, Holder: id.Holder(), Bell: NewBell(),
			Numbered: func(int64) { consumer.Bell.Ring() }}
		running.Go(func() { relay.Run(ctx) })
		for range 2 { // two nodes; one has the lease
			running.Go(func() { consumer.Run(ctx, d, clock.System{}, id.Holder()) })
		}
		var order []string
		for i := range want {
			n, err := ids.Next()
			if err != nil {
				t.Fatal(err)
			}
			order = append(order, strconv.Itoa(i))
			_, err = db.Write(t.Context(), d, func(ctx context.Context, tx *db.Tx) (any, error) {
				return nil, Write(ctx, tx, Event{ID: n, Payload: order[i]})
			})
			if err != nil {
				t.Fatal(err)
			}
			relay.Bell.Ring()
		}
		running.Wait()
		if !slices.Equal(heard, order) {
			t.Errorf("heard %v", heard)
		}
	})
}
