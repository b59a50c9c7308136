package servicing

import (
	"context"
	"time"

	"openlend/custody"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/internal/outbox"
	"openlend/internal/saga"
	"openlend/market"
)

// SagaDistribution posts the legs of a distribution in pieces. Its subject is the
// distribution.
const SagaDistribution = "distribution"

// Sagas are what the room has the engine run.
func Sagas(ids *id.Source) []saga.Definition {
	return []saga.Definition{disbursement(ids), distribution(ids)}
}

// Consumers are what the room hears.
func Consumers(ids *id.Source) []*outbox.Consumer {
	return []*outbox.Consumer{
		{
			Name:   "servicing.allotted",
			Topics: []string{market.TopicListingAllotted},
			Handle: HandleListingAllotted(ids),
		},
		{
			Name:   "servicing.payouts",
			Topics: []string{custody.TopicPayoutSettled, custody.TopicPayoutRejected},
			Handle: HandlePayoutEnded,
		},
	}
}

// sweepPage is how many legs or claims one transaction of a sweep tries.
const sweepPage = 100

// Sweep tries everything once that waits for somebody's account: legs of who was
// frozen, claims on who had spent the money. A service and closing run it.
func Sweep(ctx context.Context, d *db.DB, ids *id.Source) error {
	since, err := db.Read(ctx, d, func(_ context.Context, tx *db.Tx) (time.Time, error) {
		return tx.Now(), nil
	})
	if err != nil {
		return err
	}
	for more := true; more; {
		tried, err := db.WriteBulk(ctx, d, func(ctx context.Context, tx *db.Tx) (int, error) {
			tried, _, err := RetryHeld(ctx, tx, ids, since, sweepPage)
			return tried, err
		})
		if err != nil {
			return err
		}
		more = tried > 0
	}
	for after, more := ClaimID(0), true; more; {
		last, err := db.WriteBulk(ctx, d, func(ctx context.Context, tx *db.Tx) (ClaimID, error) {
			last, _, err := SettleClaims(ctx, tx, ids, after, sweepPage)
			return last, err
		})
		if err != nil {
			return err
		}
		after, more = last, last != 0
	}
	return nil
}
