package closing

import "openlend/ledger"

// Invariants are what Verify checks of this room.
func Invariants() []ledger.Check {
	return []ledger.Check{
		{ID: "E01", Says: "a date whose closing is done is sealed, and one that runs is the last turned",
			Count: countRuns, Bad: badRuns},
		{ID: "E02", Says: "the steps of a date that is done are done, and what they could not do is named",
			Count: countSteps, Bad: badSteps},
	}
}
