package outbox

import "openlend/refusal"

// What this package refuses.
var (
	ErrReset = refusal.New("outbox.reset",
		"the events after this number are not kept any more (or never were); read anew")
	ErrNotParked = refusal.New("outbox.not_parked", "this event is not a dead letter of that consumer")
	ErrLimit     = refusal.New("outbox.limit", "between 1 and 10000 events can be read at once")
)
