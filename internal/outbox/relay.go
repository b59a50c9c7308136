package outbox

import (
	"context"
	"log/slog"
	"time"

	"openlend/internal/clock"
	"openlend/internal/db"
	"openlend/internal/lease"
)

const (
	leaseTime = 10 * time.Second
	poll      = 200 * time.Millisecond // two of them are within the half second promised
	page      = 500                    // events numbered or deleted in one transaction
	keepTime  = 7 * 24 * time.Hour
	purgeTime = time.Minute // between looks for old events
)

// Relay numbers committed events and deletes old ones. Every node may run one;
// the lease lets one of them work.
type Relay struct {
	DB     *db.DB
	Wall   clock.Clock // the process clock
	Holder string      // from id.Holder

	// Numbered, when set, hears the last number given after each commit: a hint
	// for readers, which poll anyway.
	Numbered func(last int64)
	Report   func(error) // hears of every fault, nil logs it; the relay goes on
	Bell     Bell        // rung when events have been written; may be nil
}

// Run works until ctx ends.
func (r *Relay) Run(ctx context.Context) {
	lease.Serve(ctx, r.DB, r.Wall, "outbox", r.Holder, leaseTime, r.work, reporter(r.Report))
}

func (r *Relay) work(ctx context.Context, l lease.Lease) error {
	purged := clock.Start()
	for {
		if err := r.NumberAll(ctx, l); err != nil {
			return err
		}
		if purged.Elapsed() > purgeTime {
			if err := r.PurgeAll(ctx, l); err != nil {
				return err
			}
			purged = clock.Start()
		}
		if err := r.Bell.wait(ctx); err != nil {
			return err
		}
	}
}

// NumberAll numbers the events that wait, page by page. A look without locks
// comes first: most looks of a quiet hour find nothing.
func (r *Relay) NumberAll(ctx context.Context, l lease.Lease) error {
	waiting, err := db.Read(ctx, r.DB, anyUnnumbered)
	for n := page; err == nil && waiting && n == page; {
		n, err = r.Number(ctx, l)
	}
	return err
}

// Number gives the next numbers to one page of events and returns how many.
// Refusal: lease.ErrLost.
func (r *Relay) Number(ctx context.Context, l lease.Lease) (int, error) {
	var last int64
	n, err := db.WriteBulk(ctx, r.DB, func(ctx context.Context, tx *db.Tx) (int, error) {
		if err := l.Check(ctx, tx); err != nil {
			return 0, err
		}
		st, err := lockAndReadState(ctx, tx)
		if err != nil {
			return 0, err
		}
		before := st.last
		st.last, err = giveNumbers(ctx, tx, st.last, page)
		if err != nil || st.last == before {
			return 0, err
		}
		last = st.last
		return int(last - before), writeState(ctx, tx, st)
	})
	if err == nil && n > 0 && r.Numbered != nil {
		r.Numbered(last)
	}
	return n, err
}

// PurgeAll deletes what need not be kept, page by page.
func (r *Relay) PurgeAll(ctx context.Context, l lease.Lease) error {
	for {
		n, err := r.Purge(ctx, l)
		if err != nil || n < page {
			return err
		}
	}
}

// Purge deletes up to a page of events that are older than seven days and that
// every consumer has passed with nothing parked, and returns how many. An old
// event behind a younger one stays with it. Refusal: lease.ErrLost.
func (r *Relay) Purge(ctx context.Context, l lease.Lease) (int, error) {
	return db.WriteBulk(ctx, r.DB, func(ctx context.Context, tx *db.Tx) (int, error) {
		if err := l.Check(ctx, tx); err != nil {
			return 0, err
		}
		st, err := lockAndReadState(ctx, tx)
		if err != nil {
			return 0, err
		}
		through, err := passedByAll(ctx, tx, st.last)
		if err != nil {
			return 0, err
		}
		old, err := oldEvents(ctx, tx, st.purgedThrough, through, tx.Now().Add(-keepTime))
		if err != nil || len(old) == 0 {
			return 0, err
		}
		if err := deleteEvents(ctx, tx, old); err != nil {
			return 0, err
		}
		st.purgedThrough += int64(len(old)) // numbers have no gap
		return len(old), writeState(ctx, tx, st)
	})
}

// Bell wakes one waiter. It is a hint: whoever waits also polls, so a nil Bell
// only means that he hears of news a little later.
type Bell chan struct{}

// NewBell makes a bell. A ring that nobody waits for is kept, a second is not.
func NewBell() Bell { return make(Bell, 1) }

// Ring never blocks.
func (b Bell) Ring() {
	select {
	case b <- struct{}{}:
	default:
	}
}

// wait returns after a ring or at the next poll, or with ctx's error.
func (b Bell) wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-b:
	case <-time.After(poll):
	}
	return nil
}

func reporter(report func(error)) func(error) {
	if report != nil {
		return report
	}
	return func(err error) { slog.Error("outbox", "error", err) }
}
