package lease

import "openlend/refusal"

// What this package refuses.
var (
	ErrHeld = refusal.New("lease.held", "somebody else holds this lease")
	ErrLost = refusal.New("lease.lost", "the lease was lost to another holder")
)
