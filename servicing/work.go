package servicing

import (
	"openlend/custody"
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
	return []saga.Definition{disbursement(ids)}
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
