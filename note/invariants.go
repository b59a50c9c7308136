package note

import "openlend/ledger"

// Invariants are what must hold of the register of shares by itself, for verify.
// That it agrees with the loans is for servicing to say.
func Invariants() []ledger.Check {
	return []ledger.Check{
		{ID: "I13", Says: "a note's outstanding is its face less what was paid of it",
			Count: countNotes, Bad: badOutstanding},
		{ID: "I23", Says: "a note has one owner, the last of its holders",
			Count: countNotes, Bad: badHolders},
	}
}
