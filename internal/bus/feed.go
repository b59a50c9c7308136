package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"openlend/internal/clock"
	"openlend/internal/db"
	"openlend/internal/lease"
	"openlend/internal/outbox"
)

// Feed keeps the stream filled with what the outbox holds. Every node may run
// one; the lease lets one of them work.
//
// A reader of the stream gets every event at least once and in order of seq; one
// that was fed twice (a feeder that lost its lease wakes up late) has a seq that
// he has seen already.
type Feed struct {
	Bus    *Bus
	DB     *db.DB
	Wall   clock.Clock // the process clock
	Holder string      // from id.Holder
	Bell   outbox.Bell // rung when numbers have been given; may be nil
	Report func(error) // hears of every fault, nil logs it; the feed goes on
}

// Message is an event as other systems get it.
type Message struct {
	Seq     int64           `json:"seq"`
	Topic   string          `json:"topic"`
	Key     string          `json:"key,omitempty"`
	At      time.Time       `json:"at"`
	Payload json.RawMessage `json:"payload"`
}

const (
	seqHeader = "Openlend-Seq"
	page      = 500
	poll      = 500 * time.Millisecond
	leaseTime = 10 * time.Second
	pause     = 2 * time.Second // after a fault
)

// Run feeds until ctx ends.
func (f *Feed) Run(ctx context.Context) {
	report := f.Report
	if report == nil {
		report = func(err error) { slog.Warn("the bus is not fed", "error", err) }
	}
	lease.Serve(ctx, f.DB, f.Wall, "bus", f.Holder, leaseTime,
		func(ctx context.Context, _ lease.Lease) error {
			for ctx.Err() == nil {
				if err := f.work(ctx); ctx.Err() == nil {
					report(err)
					sleep(ctx, pause)
				}
			}
			return ctx.Err()
		}, report)
}

// work feeds from where the stream ends until something fails.
func (f *Feed) work(ctx context.Context) error {
	stream, err := f.Bus.openStream(ctx)
	if err != nil {
		return err
	}
	last, err := f.lastFed(ctx, stream)
	if err != nil {
		return err
	}
	for {
		n, err := f.next(ctx, &last)
		if err != nil {
			return err
		}
		if n == page {
			continue
		}
		if err := f.wait(ctx); err != nil {
			return err
		}
	}
}

// lastFed is the number of the last event in the stream. An empty stream is
// filled from the oldest event that is kept.
func (f *Feed) lastFed(ctx context.Context, stream jetstream.Stream) (int64, error) {
	oldest, last, err := outbox.Range(ctx, f.DB)
	if err != nil {
		return 0, err
	}
	end, err := stream.Info(ctx)
	if err != nil {
		return 0, err
	}
	if end.State.Msgs == 0 {
		return oldest, nil
	}
	m, err := stream.GetMsg(ctx, end.State.LastSeq)
	if err != nil {
		return 0, err
	}
	fed, err := strconv.ParseInt(m.Header.Get(seqHeader), 10, 64)
	if err != nil || fed > last {
		// It was fed from another database: before a restore, perhaps.
		return 0, errors.Join(errForeign, f.Bus.stream.DeleteStream(ctx, streamName))
	}
	return max(fed, oldest), nil
}

var errForeign = errors.New("bus: the stream is not of this database; it is filled anew")

// next feeds up to a page of events after the last one.
func (f *Feed) next(ctx context.Context, last *int64) (int, error) {
	events, err := outbox.Tail(ctx, f.DB, *last, page)
	if err != nil || len(events) == 0 {
		return 0, err
	}
	acks := make([]jetstream.PubAckFuture, 0, len(events))
	for _, e := range events {
		m, err := message(e)
		if err != nil {
			return 0, err
		}
		once := jetstream.WithMsgID(strconv.FormatInt(e.ID, 10))
		ack, err := f.Bus.stream.PublishMsgAsync(m, once)
		if err != nil {
			return 0, err
		}
		acks = append(acks, ack)
	}
	for _, ack := range acks {
		select {
		case <-ack.Ok():
		case err := <-ack.Err():
			return 0, err
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
	*last = events[len(events)-1].Seq
	return len(events), nil
}

func message(e outbox.Event) (*nats.Msg, error) {
	body, err := json.Marshal(Message{
		Seq: e.Seq, Topic: e.Topic, Key: e.Key, At: e.CreatedAt,
		Payload: json.RawMessage(e.Payload),
	})
	if err != nil {
		return nil, fmt.Errorf("bus: event %d: %w", e.ID, err)
	}
	m := nats.NewMsg(eventSubject + e.Topic)
	m.Header.Set(seqHeader, strconv.FormatInt(e.Seq, 10))
	m.Data = body
	return m, nil
}

// wait returns when there may be news, and when the stream is gone: somebody
// has deleted it, or its files.
func (f *Feed) wait(ctx context.Context) error {
	timer := time.NewTimer(poll)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-f.Bell:
		return nil
	case <-timer.C:
	}
	_, err := f.Bus.stream.Stream(ctx, streamName)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return fmt.Errorf("bus: %w; it is filled again", err)
	}
	return nil // the next event will tell when the bus is away
}

func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

func splitAddress(address string) (host string, port int, err error) {
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		return "", 0, err
	}
	port, err = strconv.Atoi(text)
	return host, port, err
}
