package idem

import "openlend/refusal"

// What this package refuses.
var (
	ErrKey = refusal.New("idem.key",
		"an idempotency key is 1 to 255 visible ASCII characters").In("Idempotency-Key")
	ErrKeyReused = refusal.New("idem.key_reused",
		"this idempotency key was used for another request").In("Idempotency-Key")
	ErrInFlight = refusal.New("idem.in_flight",
		"a request with this idempotency key is still being worked on")
	ErrNotFound = refusal.New("idem.not_found",
		"nothing has happened under this key; sending the request again with it is safe")
)
