package bus_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"openlend/internal/bus"
	"openlend/internal/clock"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/internal/outbox"
	"openlend/internal/testdb"
)

const patience = 20 * time.Second

func open(t *testing.T, o bus.Options) *bus.Bus {
	t.Helper()
	b, err := bus.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

// freeAddress is one that a server can listen on.
func freeAddress(t *testing.T) string {
	t.Helper()
	s, err := bus.Open(bus.Options{Listen: "127.0.0.1:-1"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	return s.Address()
}

func TestHints(t *testing.T) {
	t.Parallel()
	address := freeAddress(t)
	server := open(t, bus.Options{Listen: address, Dir: t.TempDir()})
	other := open(t, bus.Options{URL: "nats://" + address})
	for _, b := range []*bus.Bus{server, other} {
		mine, bell := outbox.NewBell(), outbox.NewBell()
		if err := server.OnHint(mine); err != nil {
			t.Fatal(err)
		}
		if err := other.OnHint(bell); err != nil {
			t.Fatal(err)
		}
		heard := func(bell outbox.Bell) bool {
			for range 100 {
				b.Hint(7) // one may be sent before the others listen
				select {
				case <-bell:
					return true
				case <-time.After(patience / 100):
				}
			}
			return false
		}
		if !heard(mine) || !heard(bell) {
			t.Error("a hint was not heard")
		}
	}
}

// A bus that is away changes nothing for whoever hints.
func TestAway(t *testing.T) {
	t.Parallel()
	away := open(t, bus.Options{URL: "nats://" + freeAddress(t)})
	if away.Connected() {
		t.Error("connected to nothing")
	}
	away.Hint(1)
	if err := away.OnHint(outbox.NewBell()); err != nil {
		t.Error(err)
	}
	for _, o := range []bus.Options{{URL: "nats://%"}, {Listen: "nowhere"}} {
		if b, err := bus.Open(o); err == nil {
			b.Close()
			t.Errorf("%+v opened", o)
		} else if !errors.Is(err, bus.ErrURL) && !errors.Is(err, bus.ErrEmbedded) {
			t.Error(err)
		}
	}
}

// scene is a database with a relay at work.
type scene struct {
	*testing.T

	db      *db.DB
	written int64
}

func eachScene(t *testing.T, test func(s *scene)) {
	t.Helper()
	testdb.Each(t, func(t *testing.T, d *db.DB) {
		relay := &outbox.Relay{DB: d, Wall: clock.System{}, Holder: id.Holder()}
		run(t, relay.Run)
		test(&scene{T: t, db: d})
	})
}

// run runs a service until the test ends.
func run(t *testing.T, service func(context.Context)) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		service(ctx)
		close(ended)
	}()
	stop = func() {
		cancel()
		<-ended
	}
	t.Cleanup(stop)
	return stop
}

// write writes so many more events.
func (s *scene) write(n int) {
	s.Helper()
	events := make([]outbox.Event, n)
	for i := range events {
		s.written++
		events[i] = outbox.Event{ID: s.written, Topic: "noun.verbed", Key: strconv.Itoa(i % 3),
			Payload: fmt.Sprintf(`{"n":%d}`, s.written)}
	}
	_, err := db.Write(s.Context(), s.db, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
		return struct{}{}, outbox.WriteMany(ctx, tx, events)
	})
	if err != nil {
		s.Fatal(err)
	}
}

func (s *scene) feed(b *bus.Bus) (stop func()) {
	f := &bus.Feed{Bus: b, DB: s.db, Wall: clock.System{}, Holder: id.Holder(),
		Report: func(err error) { s.Log("feed:", err) }}
	return run(s.T, f.Run)
}

// reads waits until the stream at an address holds every event, each once or
// again, in order.
func (s *scene) reads(address string) {
	s.Helper()
	conn, err := nats.Connect("nats://"+address, nats.RetryOnFailedConnect(true))
	if err != nil {
		s.Fatal(err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		s.Fatal(err)
	}
	for watch := clock.Start(); ; time.Sleep(100 * time.Millisecond) {
		seen, err := s.seen(js)
		if err == nil && seen == s.written {
			return
		}
		if watch.Elapsed() > patience {
			s.Fatalf("the stream goes to %d of %d: %v", seen, s.written, err)
		}
	}
}

func (s *scene) seen(js jetstream.JetStream) (seen int64, err error) {
	reader, err := js.OrderedConsumer(s.Context(), "openlend", jetstream.OrderedConsumerConfig{})
	if err != nil {
		return 0, err
	}
	for {
		batch, err := reader.FetchNoWait(1000)
		if err != nil {
			return seen, err
		}
		n := 0
		for m := range batch.Messages() {
			n++
			var got bus.Message
			if err := json.Unmarshal(m.Data(), &got); err != nil {
				return seen, err
			}
			if got.Seq > seen+1 || m.Subject() != "openlend.event.noun.verbed" ||
				got.Seq == seen+1 && string(got.Payload) != fmt.Sprintf(`{"n":%d}`, got.Seq) {
				return seen, fmt.Errorf("after %d came %+v on %s", seen, got, m.Subject())
			}
			seen = max(seen, got.Seq)
		}
		if n == 0 {
			return seen, batch.Error()
		}
	}
}

// The stream has every event in order: across a change of the feeder, a server
// that was away, a stream that was deleted, and files that are gone.
func TestFeed(t *testing.T) {
	t.Parallel()
	eachScene(t, func(s *scene) {
		address, dir := freeAddress(s.T), filepath.Join(s.TempDir(), "bus")
		s.write(1_200) // before anybody feeds
		server := open(s.T, bus.Options{Listen: address, Dir: dir})
		stop := s.feed(server)
		s.reads(address)

		stop()
		s.write(10)
		client := open(s.T, bus.Options{URL: "nats://" + address})
		s.feed(client)
		s.reads(address)

		server.Close()
		s.write(10)
		server = open(s.T, bus.Options{Listen: address, Dir: dir})
		s.reads(address)

		s.deleteStream(address)
		s.write(10)
		s.reads(address)

		server.Close()
		if err := os.RemoveAll(dir); err != nil {
			s.Fatal(err)
		}
		s.write(10)
		open(s.T, bus.Options{Listen: address, Dir: dir})
		s.reads(address)
	})
}

func (s *scene) deleteStream(address string) {
	s.Helper()
	conn, err := nats.Connect("nats://" + address)
	if err != nil {
		s.Fatal(err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err == nil {
		err = js.DeleteStream(s.Context(), "openlend")
	}
	if err != nil {
		s.Fatal(err)
	}
}
