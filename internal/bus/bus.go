// Package bus tells other processes and other systems that something has
// happened, over NATS: embedded in the process by default, a cluster outside
// when the platform has grown.
//
// Invariants: SQL is the only truth. A hint only wakes somebody who polls
// anyway; the stream is filled from the outbox and never the other way, so it
// may be lost, thrown away and filled again; nothing waits for the bus, and
// without it everything still works, a little later.
package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"openlend/internal/outbox"
)

// Options say which bus to use. The zero value is an embedded one that keeps its
// stream in memory and lets nobody else in.
type Options struct {
	URL      string // of a NATS server or cluster: "nats://…"; "" embeds one
	Dir      string // embedded: where its stream lies
	Listen   string // embedded: HOST:PORT for other systems; "": this process only
	Replicas int    // of the stream in a cluster; 0: 1
	MaxBytes int64  // of the stream; 0: 1 GiB
}

const (
	hintSubject  = "openlend.hint"
	eventSubject = "openlend.event." // and the topic
	streamName   = "openlend"
	readyTime    = 10 * time.Second
	keepTime     = 7 * 24 * time.Hour
	defaultBytes = 1 << 30
)

// Bus is a connection to NATS, and the server where it is embedded.
type Bus struct {
	options Options
	server  *server.Server
	scratch string // removed by Close
	conn    *nats.Conn
	stream  jetstream.JetStream
}

// Open starts the embedded server or connects to one outside. A server outside
// that cannot be reached is no error: the connection is tried again for ever.
// Refusals: ErrURL, ErrEmbedded.
func Open(o Options) (*Bus, error) {
	b := &Bus{options: o}
	options := []nats.Option{
		nats.Name("openlend"), nats.MaxReconnects(-1), nats.RetryOnFailedConnect(true),
		nats.ReconnectWait(time.Second), nats.ReconnectBufSize(-1), // a late hint is no hint
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			slog.Warn("bus", "error", err)
		}),
	}
	url := o.URL
	if url == "" {
		if err := b.embed(); err != nil {
			b.Close()
			return nil, ErrEmbedded.With("%v", err)
		}
		options = append(options, nats.InProcessServer(b.server))
	}
	var err error
	if b.conn, err = nats.Connect(url, options...); err == nil {
		b.stream, err = jetstream.New(b.conn)
	}
	if err != nil {
		b.Close()
		return nil, ErrURL.With("%v", err)
	}
	return b, nil
}

// embed starts a server in this process. SyncAlways: without it the records of
// two minutes are lost with the power. NoSigs: with signals it would end the
// whole process by itself.
func (b *Bus) embed() (err error) {
	dir := b.options.Dir
	if dir == "" { // even a stream in memory wants a folder
		if dir, err = os.MkdirTemp("", "openlend-bus-*"); err != nil {
			return err
		}
		b.scratch = dir
	}
	o := &server.Options{
		ServerName: "openlend", DontListen: b.options.Listen == "", NoSigs: true,
		JetStream: true, StoreDir: dir, SyncAlways: true,
		JetStreamMaxMemory: defaultBytes, JetStreamMaxStore: 2 * b.maxBytes(),
		NoSystemAccount: true,
	}
	if b.options.Listen != "" {
		host, port, err := splitAddress(b.options.Listen)
		if err != nil {
			return err
		}
		o.Host, o.Port = host, port
	}
	s, err := server.NewServer(o)
	if err != nil {
		return err
	}
	go s.Start()
	if !s.ReadyForConnections(readyTime) {
		s.Shutdown()
		return errors.New("it was not ready in time")
	}
	b.server = s
	return nil
}

// Close ends the connection and the embedded server.
func (b *Bus) Close() {
	if b.conn != nil {
		b.conn.Close()
	}
	if b.server != nil {
		b.server.Shutdown()
		b.server.WaitForShutdown()
	}
	if b.scratch != "" {
		_ = os.RemoveAll(b.scratch) // a left-over is no harm
	}
}

// Connected says whether the bus can be reached now.
func (b *Bus) Connected() bool { return b.conn.IsConnected() }

// Hint tells every process that events up to a number can be read. It never
// waits and cannot fail: whoever misses it finds the events by polling.
func (b *Bus) Hint(last int64) {
	_ = b.conn.Publish(hintSubject, strconv.AppendInt(nil, last, 10))
}

// OnHint rings the bells at every hint of any process, until the bus is closed.
// Refusal: ErrURL.
func (b *Bus) OnHint(bells ...outbox.Bell) error {
	_, err := b.conn.Subscribe(hintSubject, func(*nats.Msg) {
		for _, bell := range bells {
			bell.Ring()
		}
	})
	if err != nil {
		return ErrURL.With("%v", err)
	}
	return nil
}

// openStream makes the stream where it is missing.
func (b *Bus) openStream(ctx context.Context) (jetstream.Stream, error) {
	storage := jetstream.FileStorage
	if b.options.URL == "" && b.options.Dir == "" {
		storage = jetstream.MemoryStorage
	}
	s, err := b.stream.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name:        streamName,
		Description: "what has happened in openlend, in order; its outbox is the truth",
		Subjects:    []string{eventSubject + ">"},
		Storage:     storage,
		MaxAge:      keepTime,
		MaxBytes:    b.maxBytes(),
		Discard:     jetstream.DiscardOld,
		Replicas:    max(1, b.options.Replicas),
	})
	if err != nil {
		return nil, fmt.Errorf("bus: stream: %w", err)
	}
	return s, nil
}

func (b *Bus) maxBytes() int64 {
	if b.options.MaxBytes > 0 {
		return b.options.MaxBytes
	}
	return defaultBytes
}

// Address is where the embedded server listens, "" where it does not.
func (b *Bus) Address() string {
	if b.server == nil || b.options.Listen == "" {
		return ""
	}
	return b.server.Addr().String()
}
