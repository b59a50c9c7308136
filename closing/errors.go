package closing

import "openlend/refusal"

// What this package refuses.
var (
	ErrNotOver = refusal.New("closing.not_over",
		"this date is not over yet by the platform's clock and cut-off")
	ErrNothing = refusal.New("closing.nothing",
		"there is no date to close: every date through that one is closed")
	ErrNotFound = refusal.New("closing.not_found", "this date was never closed here")
	ErrBusy     = refusal.New("closing.busy", "another process is closing; ask for its report")
)
