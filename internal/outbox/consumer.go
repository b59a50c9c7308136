package outbox

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"openlend/internal/clock"
	"openlend/internal/db"
	"openlend/internal/lease"
)

const (
	bite        = 100 // events handled in one transaction
	maxAttempts = 10  // over about 8 minutes
)

// Consumer handles events, each once, in transactions of its own. Every node
// may run it; the lease lets one of them work.
//
// An event that fails is tried alone, then parked and tried again later; the
// events of its key are parked behind it, all others go on. After ten attempts
// it is dead: it and its key stay until somebody calls Revive or Drop.
//
//	new ──fails──► waiting ──ten times──► dead ──Revive──► waiting
//	new ──behind one of its key──► waiting ──its turn──► handled
//
// A fault of the database is no fault of the event and is not counted.
type Consumer struct {
	Name   string   // for ever: its place in the events is kept under it
	Topics []string // what it wants to hear, everything when empty

	// Handle does the consumer's work for some events, in the order of their
	// numbers, in one transaction that also remembers that it was done. An error
	// undoes all of it; the events are then tried in smaller groups.
	Handle func(ctx context.Context, tx *db.Tx, events []Event) error

	Report func(error) // hears of every fault, nil logs it; the consumer goes on
	Bell   Bell        // rung when numbers have been given; may be nil
}

// Run registers the consumer and works until ctx ends. wall is the process
// clock, holder comes from id.Holder.
func (c *Consumer) Run(ctx context.Context, d *db.DB, wall clock.Clock, holder string) {
	lease.Serve(ctx, d, wall, "outbox/"+c.Name, holder, leaseTime,
		func(ctx context.Context, l lease.Lease) error {
			if err := Register(ctx, d, c.Name); err != nil {
				return err
			}
			r := &reader{Consumer: c, db: d, wall: wall, lease: l}
			for {
				n, err := r.Step(ctx)
				if err == nil && n == 0 {
					err = c.Bell.wait(ctx)
				}
				if err != nil {
					return err
				}
			}
		}, reporter(c.Report))
}

// Register makes a consumer known: from then on no event is deleted before it
// has passed it. It begins with the oldest event that is kept.
func Register(ctx context.Context, d *db.DB, name string) error {
	_, err := db.Write(ctx, d, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
		return struct{}{}, register(ctx, tx, name)
	})
	return err
}

// Unregister forgets a consumer that will never run again, with its place, its
// parked events and its inbox: events need not wait for it any more.
func Unregister(ctx context.Context, d *db.DB, name string) error {
	_, err := db.Write(ctx, d, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
		return struct{}{}, unregister(ctx, tx, name)
	})
	return err
}

// Once returns those of the events that the consumer has not handled yet, and
// remembers them all as handled if the transaction commits. It serves whoever
// gets events in another way than by Consumer. Two transactions that claim one
// event at once collide on the unique key: one of them fails.
func Once(ctx context.Context, tx *db.Tx, consumer string, events []Event) ([]Event, error) {
	ids := make([]int64, len(events))
	for i, e := range events {
		ids[i] = e.ID
	}
	handled, err := handledOf(ctx, tx, consumer, ids)
	if err != nil {
		return nil, err
	}
	seen := make(map[int64]bool, len(events))
	for _, id := range handled {
		seen[id] = true
	}
	var fresh []Event
	for _, e := range events {
		if !seen[e.ID] {
			seen[e.ID] = true // an event may be there twice
			fresh = append(fresh, e)
		}
	}
	return fresh, insertHandled(ctx, tx, consumer, fresh)
}

// reader is a consumer at work under a lease.
type reader struct {
	*Consumer
	db    *db.DB
	wall  clock.Clock
	lease lease.Lease
}

// Step tries parked events whose time has come and then the next new ones. It
// returns how many events it looked at.
func (r *reader) Step(ctx context.Context) (int, error) {
	tried, err := r.retry(ctx)
	if err != nil {
		return tried, err
	}
	after, err := db.Read(ctx, r.db, func(ctx context.Context, tx *db.Tx) (int64, error) {
		return passedSeq(ctx, tx, r.Name)
	})
	if err != nil {
		return tried, err
	}
	events, err := Tail(ctx, r.db, after, bite)
	if err != nil || len(events) == 0 {
		return tried, err
	}
	return tried + len(events), r.take(ctx, events)
}

// take handles events and passes them. When they fail together it takes the
// halves, down to the guilty event, which it parks.
func (r *reader) take(ctx context.Context, events []Event) error {
	err := r.try(ctx, events)
	switch {
	case err == nil, !isEventsFault(err):
		return err
	case len(events) == 1:
		return r.park(ctx, events[0], err)
	}
	half := len(events) / 2
	if err := r.take(ctx, events[:half]); err != nil {
		return err
	}
	return r.take(ctx, events[half:])
}

// write runs fn fenced by the lease. A panic of the handler is an error here:
// one event must not stop the others.
func (r *reader) write(
	ctx context.Context, fn func(ctx context.Context, tx *db.Tx) error,
) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("outbox: %s: panic: %v", r.Name, p)
		}
	}()
	_, err = db.WriteBulk(ctx, r.db, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
		if err := r.lease.Check(ctx, tx); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, fn(ctx, tx)
	})
	return err
}

// try handles the events that are wanted and not behind a parked one, parks
// those that are, and passes them all, in one transaction.
func (r *reader) try(ctx context.Context, events []Event) error {
	now := r.wall.Now()
	return r.write(ctx, func(ctx context.Context, tx *db.Tx) error {
		blocked, err := blockedKeys(ctx, tx, r.Name)
		if err != nil {
			return err
		}
		var wanted []Event
		var waiting []Parked
		for _, e := range events {
			switch {
			case !r.wants(e):
			case blocked[e.Key]:
				waiting = append(waiting, Parked{Event: e, State: Waiting, NextAt: now})
			default:
				wanted = append(wanted, e)
			}
		}
		if err := r.handle(ctx, tx, wanted); err != nil {
			return err
		}
		if err := insertParked(ctx, tx, r.Name, waiting); err != nil {
			return err
		}
		return pass(ctx, tx, r.Name, events[len(events)-1].Seq)
	})
}

func (r *reader) wants(e Event) bool {
	return len(r.Topics) == 0 || slices.Contains(r.Topics, e.Topic)
}

func (r *reader) handle(ctx context.Context, tx *db.Tx, events []Event) error {
	fresh, err := Once(ctx, tx, r.Name, events)
	if err != nil || len(fresh) == 0 {
		return err
	}
	return r.Handle(ctx, tx, fresh)
}

// park puts an event aside that failed for the first time, and passes it.
func (r *reader) park(ctx context.Context, e Event, fault error) error {
	reporter(r.Report)(fmt.Errorf("outbox: %s: event %d parked: %w", r.Name, e.ID, fault))
	p := Parked{Event: e}.failed(r.wall.Now(), fault)
	return r.write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := insertParked(ctx, tx, r.Name, []Parked{p}); err != nil {
			return err
		}
		return pass(ctx, tx, r.Name, e.Seq)
	})
}

// retry tries each parked event whose time has come, alone.
func (r *reader) retry(ctx context.Context) (int, error) {
	now := r.wall.Now()
	due, err := db.Read(ctx, r.db, func(ctx context.Context, tx *db.Tx) ([]Parked, error) {
		return dueParked(ctx, tx, r.Name, now, bite)
	})
	for _, p := range due {
		err := r.write(ctx, func(ctx context.Context, tx *db.Tx) error {
			if err := r.handle(ctx, tx, []Event{p.Event}); err != nil {
				return err
			}
			return deleteOneParked(ctx, tx, r.Name, p.Event.ID)
		})
		if err != nil && isEventsFault(err) {
			p = p.failed(r.wall.Now(), err)
			reporter(r.Report)(fmt.Errorf("outbox: %s: event %d failed %d times: %w",
				r.Name, p.Event.ID, p.Attempts, err))
			err = r.write(ctx, func(ctx context.Context, tx *db.Tx) error {
				return updateOneParked(ctx, tx, r.Name, p)
			})
		}
		if err != nil {
			return 0, err
		}
	}
	return len(due), err
}

// isEventsFault tells an event that cannot be handled from a database or a
// process that cannot go on.
func isEventsFault(err error) bool {
	for _, other := range []error{
		lease.ErrLost, db.ErrUnavailable, db.ErrOutcomeUnknown, db.ErrBusy, db.ErrDiskFull,
		db.ErrReadOnly, context.Canceled, context.DeadlineExceeded,
	} {
		if errors.Is(err, other) {
			return false
		}
	}
	return true
}
