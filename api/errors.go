package api

import "openlend/refusal"

// What the transport itself refuses, before any operation is asked.
var (
	ErrNoSuchPath = refusal.New("api.path.not_found", "there is nothing at this address")
	ErrMethod     = refusal.New("api.method", "this address does not take that method")
	ErrMediaType  = refusal.New("api.media_type",
		"a body is application/json in UTF-8, not compressed").In("Content-Type")
	ErrTooLarge       = refusal.New("api.too_large", "the body is too large")
	ErrSlow           = refusal.New("api.slow", "the body did not arrive in time")
	ErrJSON           = refusal.New("api.json", "the body is not one JSON object")
	ErrDuplicateField = refusal.New("api.duplicate_field", "a field stands twice in one object")
	ErrNoBody         = refusal.New("api.no_body", "this operation takes no body")
	ErrQuery          = refusal.New("api.query", "the query of the address cannot be read")
	ErrDuplicateQuery = refusal.New("api.duplicate_query", "a parameter stands twice in the query")
	ErrDuplicateHead  = refusal.New("api.duplicate_header", "this header is sent more than once")
	ErrNUL            = refusal.New("api.nul", "a text cannot have the character U+0000 in it")
	ErrInvalid        = refusal.New("api.invalid", "the request does not fit the operation's schema")
	ErrNoKey          = refusal.New("api.idempotency_key",
		"a write needs a key of your own: 1 to 255 visible ASCII characters").In("Idempotency-Key")
	ErrTimeout = refusal.New("api.timeout", "the answer took too long; nothing was changed")
	ErrBusy    = refusal.New("api.busy", "too many requests are being answered; try again soon")
	ErrFault   = refusal.New("api.fault", "something went wrong here; it has been noted")
)
