package app

import (
	"cmp"
	"slices"

	"openlend/closing"
	"openlend/custody"
	"openlend/customer"
	"openlend/ledger"
	"openlend/market"
	"openlend/note"
	"openlend/origination"
	"openlend/servicing"
)

// Checks are the invariants of all rooms above the ledger, in the order of their
// numbers.
func Checks() []ledger.Check {
	all := slices.Concat(customer.Invariants(), custody.Invariants(), origination.Invariants(),
		market.Invariants(), note.Invariants(), servicing.Invariants(), closing.Invariants())
	slices.SortStableFunc(all, func(a, b ledger.Check) int {
		return cmp.Compare(a.ID, b.ID)
	})
	return all
}

// Causes say where the causes of all postings are kept.
func Causes() []ledger.CauseTable {
	return slices.Concat(custody.Causes(), market.Causes(), servicing.Causes())
}
