package market

import (
	"context"
	"time"

	"openlend/internal/clock"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/internal/lease"
	"openlend/internal/outbox"
	"openlend/internal/saga"
	"openlend/origination"
)

// The sagas of this room; the subject of each is a listing.
const (
	SagaAllotment = "allotment" // bids of an allotted listing move into escrow
	SagaUnwinding = "unwinding" // bids of one that failed or was cancelled are released
)

// waitsTooLong is when a bid that cannot be moved is reported as stuck.
const waitsTooLong = 24 * time.Hour

// Sagas are what the room has the engine run.
func Sagas(ids *id.Source) []saga.Definition {
	return []saga.Definition{
		{Name: SagaAllotment, Steps: []saga.Step{{
			Name: "allot", Do: inPieces(ids, AllotBids), Deadline: waitsTooLong}}},
		{Name: SagaUnwinding, Steps: []saga.Step{{
			Name: "release", Do: inPieces(ids, ReleaseBids), Deadline: waitsTooLong}}},
	}
}

// inPieces makes a step of an operation that moves some bids at a time. Bids that
// are refused (a frozen wallet) are tried again later.
func inPieces(
	ids *id.Source,
	move func(context.Context, *db.Tx, *id.Source, ListingID) (Progress, error),
) func(context.Context, *db.Tx, *saga.Saga) (saga.Next, error) {
	return func(ctx context.Context, tx *db.Tx, s *saga.Saga) (saga.Next, error) {
		p, err := move(ctx, tx, ids, ListingID(s.Subject))
		switch {
		case err != nil:
			return saga.Next{}, err
		case p.Moved > 0:
			return saga.More(), nil
		case p.Refused > 0:
			return saga.Retry("a bid cannot be moved: "+p.Because.Error(), 0), nil
		}
		return saga.Done(), nil
	}
}

// Consumers are what the room hears.
func Consumers(ids *id.Source) []*outbox.Consumer {
	return []*outbox.Consumer{{
		Name:   "market",
		Topics: []string{origination.TopicOfferAccepted},
		Handle: HandleOfferAccepted(ids),
	}}
}

// ServeOpening opens scheduled listings for as long as ctx lives, whenever no
// other process does. report hears of faults.
func ServeOpening(
	ctx context.Context, d *db.DB, ids *id.Source, wall clock.Clock, holder string,
	every time.Duration, report func(error),
) {
	lease.Serve(ctx, d, wall, "market.opening", holder, 30*time.Second,
		func(ctx context.Context, l lease.Lease) error {
			for {
				if err := openAll(ctx, d, ids, l); err != nil {
					return err
				}
				select {
				case <-ctx.Done():
					return nil
				case <-time.After(every):
				}
			}
		}, report)
}

// openAll opens what is due, page by page.
func openAll(ctx context.Context, d *db.DB, ids *id.Source, l lease.Lease) error {
	for {
		n, err := db.WriteBulk(ctx, d, func(ctx context.Context, tx *db.Tx) (int, error) {
			if err := l.Check(ctx, tx); err != nil {
				return 0, err
			}
			return OpenScheduled(ctx, tx, ids)
		})
		if err != nil || n < listingsAtOnce {
			return err
		}
	}
}
