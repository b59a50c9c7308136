package bus

import "openlend/refusal"

// What this package refuses.
var (
	ErrURL      = refusal.New("bus.url", "this is not the address of a bus")
	ErrEmbedded = refusal.New("bus.embedded", "the embedded bus does not start")
)
