package ledger

import (
	"context"
	"fmt"

	"openlend/internal/db"
	"openlend/internal/outbox"
)

// TopicPosted tells that a batch of transfers is booked. The event has the id
// of the batch; its payload is {"count": n, "business_on": "YYYY-MM-DD"}, and
// the transfers are those with ids from the batch's on.
const TopicPosted = "ledger.posted"

func announcePosted(ctx context.Context, tx *db.Tx, batches []batchRow) error {
	events := make([]outbox.Event, len(batches))
	for i, b := range batches {
		events[i] = outbox.Event{
			ID: int64(b.firstID), Topic: TopicPosted,
			Payload: fmt.Sprintf(`{"count":%d,"business_on":%q}`, b.count, b.businessOn),
		}
	}
	return outbox.WriteMany(ctx, tx, events)
}
