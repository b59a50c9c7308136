package outbox

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"openlend/internal/db"
	"openlend/internal/lease"
)

// listener is a consumer of the topic "t" whose effect is an event of the topic
// "effect" that tells which event it was of: a row in the same transaction.
type listener struct {
	*reader
	bench  *bench
	fails  map[int64]error // what Handle answers for an event
	panics map[int64]bool
	faults int
	from   int64 // heard tells what came after this number
}

func (b *bench) listener() *listener {
	b.Helper()
	l := &listener{bench: b, fails: map[int64]error{}, panics: map[int64]bool{}}
	l.reader = &reader{
		Consumer: &Consumer{
			Name: "listener", Topics: []string{"t"}, Handle: l.handleEvents,
			Report: func(error) { l.faults++ },
		},
		db: b.db, wall: b.wall, lease: b.acquire("outbox/listener"),
	}
	b.must(Register(b.Context(), b.db, l.Name))
	return l
}

func (l *listener) handleEvents(ctx context.Context, tx *db.Tx, events []Event) error {
	for _, e := range events {
		payload := strconv.FormatInt(e.ID, 10)
		err := Write(ctx, tx, Event{ID: l.bench.next(), Topic: "effect", Payload: payload})
		if err != nil {
			return err
		}
		if l.panics[e.ID] {
			panic("poison")
		}
		if err := l.fails[e.ID]; err != nil {
			return err
		}
	}
	return nil
}

// run takes steps until nothing is to do.
func (l *listener) run() {
	l.bench.Helper()
	for {
		l.bench.number()
		n, err := l.Step(l.bench.Context())
		l.bench.must(err)
		if n == 0 {
			return
		}
	}
}

// heard returns which events have had their effect, in the order of effects.
func (l *listener) heard() (ids []int64) {
	l.bench.Helper()
	l.bench.number()
	for _, e := range l.bench.after(l.from) {
		if e.Topic != "effect" {
			continue
		}
		n, err := strconv.ParseInt(e.Payload, 10, 64)
		l.bench.must(err)
		ids = append(ids, n)
	}
	return ids
}

func (l *listener) parked() []Parked {
	l.bench.Helper()
	p, err := ListParked(l.bench.Context(), l.bench.db, l.Name, 0, 100)
	l.bench.must(err)
	return p
}

func sorted(ids []int64) []int64 { return slices.Sorted(slices.Values(ids)) }

func TestConsumerHandlesEachOnce(t *testing.T) {
	each(t, func(b *bench) {
		l := b.listener()
		var want []int64
		for _, size := range []int{1, 10, bite + 20} {
			want = append(want, b.write("t", make([]string, size)...)...)
			b.write("other", "a", "b")
			l.run()
		}
		// As if its place had been lost, and events came again: the inbox knows them.
		b.must(b.transact(func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE outbox_consumer SET passed_seq = 0`)
			return err
		}))
		l.run()
		if got := sorted(l.heard()); !slices.Equal(got, want) {
			b.Errorf("%d effects of %d events", len(got), len(want))
		}
		if l.faults != 0 {
			b.Errorf("%d faults", l.faults)
		}
	})
}

// Of events that come again together with new ones only the new are handled.
func TestConsumerIsGivenNewEventsOnly(t *testing.T) {
	each(t, func(b *bench) {
		l := b.listener()
		want := b.write("t", "a", "b")
		l.run()
		b.must(b.transact(func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE outbox_consumer SET passed_seq = 0`)
			return err
		}))
		want = append(want, b.write("t", "a", "b")...)
		l.run()
		if got := l.heard(); !slices.Equal(got, want) {
			b.Errorf("heard %v, want %v", got, want)
		}
	})
}

func TestStaleConsumerIsFenced(t *testing.T) {
	each(t, func(b *bench) {
		stale := b.listener()
		b.write("t", "a", "b")
		b.number()
		b.wall.Advance(leaseTime)
		fresh := b.listener()
		if _, err := stale.Step(b.Context()); !errors.Is(err, lease.ErrLost) {
			b.Errorf("the stale one: %v", err)
		}
		if got := stale.heard(); len(got) != 0 || len(stale.parked()) != 0 {
			b.Errorf("the stale one had effects %v, parked %v", got, stale.parked())
		}
		fresh.run()
		if got := fresh.heard(); len(got) != 2 {
			b.Errorf("the fresh one: %v", got)
		}
	})
}

func TestPoisonBlocksOnlyItsKey(t *testing.T) {
	each(t, func(b *bench) {
		l := b.listener()
		ids := b.write("t", "bad", "good", "", "bad", "good", "", "bad")
		l.fails[ids[0]] = errors.New("malformed \x00 " + fmt.Sprint(make([]string, 700)))
		l.panics[ids[2]] = true
		l.run()
		if got, want := l.heard(), []int64{ids[1], ids[4], ids[5]}; !slices.Equal(got, want) {
			b.Fatalf("heard %v, want %v of %v", got, want, ids)
		}
		later := b.write("t", "bad", "good") // comes when the key is blocked already
		l.run()
		if got := l.heard(); !slices.Equal(got[3:], later[1:]) {
			b.Fatalf("later heard %v, want %v", got[3:], later[1:])
		}
		l.mustBeParked(map[int64]int{ids[0]: 1, ids[2]: 1, ids[3]: 0, ids[6]: 0, later[0]: 0})

		b.wall.Advance(firstRetry) // it still fails, and the panic has been mended
		l.panics = nil
		l.run()
		l.mustBeParked(map[int64]int{ids[0]: 2, ids[3]: 0, ids[6]: 0, later[0]: 0})
		b.wall.Advance(2 * firstRetry) // now the other one is mended too
		l.fails = nil
		l.run()
		l.mustBeParked(nil)
		want := []int64{ids[1], ids[4], ids[5], later[1], ids[2], ids[0], ids[3], ids[6], later[0]}
		if got := l.heard(); !slices.Equal(got, want) {
			b.Errorf("in the end heard %v, want %v", got, want)
		}
		if l.faults != 3 {
			b.Errorf("%d faults reported, want 3", l.faults)
		}
	})
}

// mustBeParked compares the parked events with their failed attempts.
func (l *listener) mustBeParked(want map[int64]int) {
	l.bench.Helper()
	got := map[int64]int{}
	for _, p := range l.parked() {
		got[p.Event.ID] = p.Attempts
	}
	if fmt.Sprint(got) != fmt.Sprint(want) && len(got)+len(want) > 0 {
		l.bench.Errorf("parked %v, want %v", got, want)
	}
}

func TestDeadLetter(t *testing.T) {
	each(t, func(b *bench) {
		l := b.listener()
		ids := b.write("t", "k", "k", "k")
		for _, n := range ids[:2] {
			l.fails[n] = errors.New("always")
		}
		l.run()
		wait := firstRetry
		for l.parked()[0].State != Dead {
			if err := Revive(b.Context(), b.db, l.Name, ids[0]); !errors.Is(err, ErrNotParked) {
				b.Fatalf("reviving what is not dead: %v", err)
			}
			b.wall.Advance(wait)
			wait *= 2
			l.run()
		}
		if got := l.parked()[0]; got.Attempts != maxAttempts || got.Fault != "always" {
			b.Errorf("dead after %d attempts of %q", got.Attempts, got.Fault)
		}
		b.wall.Advance(30 * 24 * time.Hour)
		l.run()
		b.must(b.relay.PurgeAll(b.Context(), b.lease))
		l.mustBeParked(map[int64]int{ids[0]: maxAttempts, ids[1]: 0, ids[2]: 0})

		b.must(Drop(b.Context(), b.db, l.Name, ids[0]))
		l.run()
		l.mustBeParked(map[int64]int{ids[1]: 1, ids[2]: 0})
		for l.parked()[0].State != Dead {
			b.wall.Advance(time.Hour)
			l.run()
		}
		l.fails = nil
		b.must(Revive(b.Context(), b.db, l.Name, ids[1]))
		l.run()
		if got := l.heard(); !slices.Equal(got, ids[1:]) {
			b.Errorf("heard %v, want %v", got, ids[1:])
		}
		if err := Drop(b.Context(), b.db, l.Name, ids[1]); !errors.Is(err, ErrNotParked) {
			b.Errorf("dropping what is handled: %v", err)
		}
		b.must(b.relay.PurgeAll(b.Context(), b.lease))
		if got := b.all(); len(got) != 2 { // the effects are young
			b.Errorf("kept: %v", got)
		}
	})
}

// A database that is away is no fault of the event.
func TestFaultOfTheDatabaseIsNotCounted(t *testing.T) {
	each(t, func(b *bench) {
		l := b.listener()
		ids := b.write("t", "k")
		b.number()
		l.fails[ids[0]] = fmt.Errorf("on the way: %w", db.ErrDiskFull)
		if _, err := l.Step(b.Context()); !errors.Is(err, db.ErrDiskFull) {
			b.Fatal(err)
		}
		l.mustBeParked(nil)
		l.fails = nil
		l.run()
		if got := l.heard(); !slices.Equal(got, ids) {
			b.Errorf("heard %v, want %v", got, ids)
		}
	})
}

func TestOnceKnowsDoubles(t *testing.T) {
	each(t, func(b *bench) {
		var got [2][]Event
		for i := range got {
			b.must(b.transact(func(ctx context.Context, tx *db.Tx) error {
				var err error
				events := []Event{{ID: 7}, {ID: 8}, {ID: 7}, {ID: int64(9 + i)}}
				got[i], err = Once(ctx, tx, "somebody", events)
				return err
			}))
		}
		first, second := idsOf(got[0]), idsOf(got[1])
		if !slices.Equal(first, []int64{7, 8, 9}) || !slices.Equal(second, []int64{10}) {
			b.Errorf("got %v, then %v", first, second)
		}
	})
}

// Whatever fails and whenever: in the end every event has one effect, and those
// of one key in the order of their numbers.
func TestAnyFaults(t *testing.T) {
	each(t, func(b *bench) {
		l := b.listener()
		histories := 0
		rapid.Check(b.T, func(t *rapid.T) {
			if histories++; histories > 25 {
				return // a hundred take six seconds on PostgreSQL
			}
			keys := l.drawHistory(t) // key of each event, in the order of numbers
			l.run()
			l.fails = map[int64]error{}
			b.wall.Advance(time.Hour)
			l.run()
			heard := l.heard()
			if !slices.Equal(sorted(heard), slices.Sorted(maps.Keys(keys))) {
				t.Fatalf("heard %v of %v", heard, keys)
			}
			last := map[string]int64{}
			for _, n := range heard {
				if key := keys[n]; key != "" && n < last[key] {
					t.Fatalf("key %s: %d was handled after %d", key, n, last[key])
				}
				last[keys[n]] = n
			}
			_, l.from, _ = Range(b.Context(), b.db)
		})
	})
}

// drawHistory writes events, lets some of them fail and the consumer run
// between. It returns their keys.
func (l *listener) drawHistory(t *rapid.T) map[int64]string {
	keys := map[int64]string{}
	someKeys := rapid.SliceOfN(rapid.SampledFrom([]string{"", "a", "b", "c"}), 1, 8)
	for range rapid.IntRange(1, 4).Draw(t, "writes") {
		drawn := someKeys.Draw(t, "keys")
		for i, n := range l.bench.write("t", drawn...) {
			keys[n] = drawn[i]
			if rapid.IntRange(0, 3).Draw(t, "fails") == 0 {
				l.fails[n] = errors.New("yet")
			}
		}
		if rapid.Bool().Draw(t, "run") {
			l.run()
		}
		l.bench.wall.Advance(time.Second)
	}
	return keys
}
