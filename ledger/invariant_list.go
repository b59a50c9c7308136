package ledger

// Check is one invariant that a room adds to Verify. Both texts run on both
// engines and only read.
type Check struct {
	ID    string // e.g. "I14", as in the list of invariants; one per check
	Says  string // the invariant in words
	Count string // a query of one BIGINT: how many rows are looked at
	// Bad is a query of two TEXT columns, which row is bad and what is wrong
	// with it: no row when all is well. CAST ids to TEXT.
	Bad string
}
