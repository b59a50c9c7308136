package id

import "openlend/refusal"

// What this package refuses.
var (
	ErrMalformed = refusal.New("id.malformed", "this is not an identifier of that kind")
	ErrBlock     = refusal.New("id.block", "a block holds between 1 and 4096 identifiers")
	ErrNoNode    = refusal.New("id.no_node", "all 1024 node numbers are in use")
	ErrLapsed    = refusal.New("id.lapsed",
		"the lease of the node number has lapsed, no identifiers are issued until it is renewed")
	ErrClosed = refusal.New("id.closed", "the source of identifiers is closed")
	ErrEnd    = refusal.New("id.end", "the clock is beyond what an identifier can hold")
)
