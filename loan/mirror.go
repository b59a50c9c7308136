package loan

import (
	"slices"
)

// Entry is an allocation the books have to make, or to take back.
type Entry struct {
	Allocation
	Reversal bool // mirrors an allocation that was booked and no longer holds
}

// Mirror returns what append-only books that show the allocations of one
// account must add to show those of another replay of the same loan: for each
// payment whose allocation changed, all its old legs reversed, then all its new
// ones. An allocation moves money from the borrower's suspense to a component,
// a reversal moves it back; what stays in suspense is the payment's Rest, so it
// needs no entry. Reversals come first, the newest first, so that suspense never
// falls below zero on the way; nil when the books are right as they are.
func Mirror(before, after *Account) []Entry {
	was, is := byPayment(before.Allocations), byPayment(after.Allocations)
	changed := func(id EventID) bool { return !slices.Equal(was[id], is[id]) }
	var entries []Entry
	for _, a := range slices.Backward(before.Allocations) {
		if changed(a.Payment) {
			entries = append(entries, Entry{a, true})
		}
	}
	for _, a := range after.Allocations {
		if changed(a.Payment) {
			entries = append(entries, Entry{a, false})
		}
	}
	return entries
}

func byPayment(all []Allocation) map[EventID][]Allocation {
	m := make(map[EventID][]Allocation)
	for _, a := range all {
		m[a.Payment] = append(m[a.Payment], a)
	}
	return m
}
