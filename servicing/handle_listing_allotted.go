package servicing

import (
	"context"

	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/internal/outbox"
	"openlend/market"
)

// HandleListingAllotted opens the loan of every listing whose money lies in
// escrow.
func HandleListingAllotted(
	ids *id.Source,
) func(context.Context, *db.Tx, []outbox.Event) error {
	return func(ctx context.Context, tx *db.Tx, events []outbox.Event) error {
		for _, e := range events {
			allotted, err := market.ParseListingEvent(e.Payload)
			if err != nil {
				return err
			}
			if _, err := OpenLoan(ctx, tx, ids, allotted.Listing); err != nil {
				return err
			}
		}
		return nil
	}
}
