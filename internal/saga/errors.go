package saga

import (
	"errors"

	"openlend/refusal"
)

// What this package refuses.
var (
	ErrNotFound  = refusal.New("saga.not_found", "there is no such process")
	ErrEnded     = refusal.New("saga.invalid_state", "this process has ended")
	ErrMalformed = refusal.New("saga.malformed", "this is not the identifier of a process")
)

// errFenced: another worker has the saga now, or this commit was made before.
var errFenced = errors.New("saga: another worker has it")

// ErrStuck is what Engine.Report hears when a saga needs a person.
var ErrStuck = errors.New("saga: stuck")
