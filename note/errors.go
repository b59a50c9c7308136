package note

import "openlend/refusal"

// What this room refuses.
var (
	ErrNotFound = refusal.New("note.not_found", "there is no such note")
	ErrShares   = refusal.New("note.shares", "a loan needs shares above zero of one currency")
	ErrIssued   = refusal.New("note.invalid_state", "the notes of this loan are issued already")
	ErrLimit    = refusal.New("note.limit", "between 1 and 200 notes can be read at once")
	ErrPaid     = refusal.New("note.paid", "notes cannot be paid less than nothing")
)
