package servicing

import (
	"context"

	"openlend/custody"
	"openlend/internal/db"
	"openlend/internal/outbox"
	"openlend/internal/saga"
)

// HandlePayoutEnded wakes the disbursement whose payout has an end: the saga
// itself looks what it is. A payout that the bank returns after it was settled is
// nothing to the loan: the borrower has had the money, it is in his wallet, and
// he owes it.
func HandlePayoutEnded(ctx context.Context, tx *db.Tx, events []outbox.Event) error {
	for _, e := range events {
		ended, err := custody.ParsePayoutEvent(e.Payload)
		if err != nil {
			return err
		}
		if ended.Purpose != custody.PurposeDisbursement {
			continue
		}
		if err := saga.Wake(ctx, tx, SagaDisbursement, ended.Subject); err != nil {
			return err
		}
	}
	return nil
}
