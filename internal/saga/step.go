package saga

import (
	"context"
	"time"

	"openlend/internal/db"
)

// Definition is a kind of saga. Names are for ever: rows carry them. Steps may
// be added; one that sagas are in must stay.
type Definition struct {
	Name  string
	Steps []Step
}

// Step is one stage of a saga. Exactly one of Do, Many and Call is set.
type Step struct {
	Name string

	// Do is one transaction: the effect of the step and the progress of the saga
	// together. It may run more than once, but counts once.
	Do func(ctx context.Context, tx *db.Tx, s *Saga) (Next, error)
	// Many is Do for up to 64 sagas that are in this step, in one transaction: for
	// thousands of short ones. It answers for each in their order. When it fails
	// for a group it is run for each saga alone.
	Many func(ctx context.Context, tx *db.Tx, all []*Saga) ([]Next, error)
	// Call talks to the outside with no transaction open. It must be repeatable:
	// after a crash nobody knows whether it was heard. It has CallTime.
	Call func(ctx context.Context, s *Saga) (Next, error)
	// Undo compensates for the step, in one transaction; nil: nothing to undo. It
	// is run when the step was done, or pieces of it.
	Undo func(ctx context.Context, tx *db.Tx, s *Saga) (Next, error)

	// UndoRefused says that a refusal by Do or Call undoes the saga; else a
	// refusal leaves it stuck. Any other error is a fault and tried again.
	UndoRefused bool
	// Deadline is how long the step may go without progress before the saga is
	// reported as stuck; 0: for ever.
	Deadline time.Duration
	// Backoff is when the step is tried again after a fault, and after a Retry
	// that names no time.
	Backoff Backoff
}

// CallTime is how long a Call or a transaction of a step may take: less than the
// worker's claim lasts.
const CallTime = leaseTime * 3 / 4

// Backoff is a schedule of attempts: First, twice that, and so on up to Most. It
// has no chance in it, so that a test and a reader can tell the next attempt.
// The zero value is 5 s … 1 h.
type Backoff struct{ First, Most time.Duration }

// After is how long to wait after so many attempts without progress, at least 1.
func (b Backoff) After(attempts int) time.Duration {
	first, most := b.First, b.Most
	if first <= 0 {
		first = 5 * time.Second
	}
	if most <= 0 {
		most = time.Hour
	}
	for wait := first; ; wait *= 2 {
		if attempts--; attempts <= 0 || wait >= most {
			return min(wait, most)
		}
	}
}

// Next is what a step's outcome means for its saga.
type Next struct {
	verb  verb
	why   string
	until time.Time
	after time.Duration
}

type verb uint8

const (
	done verb = iota + 1
	more
	wait
	retry
	undo
	refuse // of the engine only: the step was refused and does not undo
)

// Done says that the step is done (or undone): on with the next one.
func Done() Next { return Next{verb: done} }

// More says that a piece was done and the same step runs again at once.
func More() Next { return Next{verb: more} }

// Wait sleeps until Wake or until that instant; zero: until Wake only.
func Wait(why string, until time.Time) Next { return Next{verb: wait, why: why, until: until} }

// Retry runs the step again after a while, or when the saga is woken; 0: by the
// step's Backoff.
func Retry(why string, after time.Duration) Next {
	return Next{verb: retry, why: why, after: after}
}

// Undo starts compensating: for this step when pieces of it were done, then for
// those before it, backwards. What the transaction of this step has done itself
// is kept with it.
func Undo(why string) Next { return Next{verb: undo, why: why} }
