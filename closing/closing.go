// Package closing ends one business date after the other: it opens the next
// one, expires what was good until then, collects and ages what fell due,
// compares client money with the bank and seals the date.
//
// Invariants: dates are closed in their order and none before it is over, unless
// told; from the moment the next date is open nothing enters the old one; each
// step is done once for a date, in pieces that are kept with their place and
// their counts in one transaction, so a closing that was killed at any point
// goes on where it was and its report is exact; one process closes at a time,
// fenced in every piece; one loan that cannot be closed delays only itself and
// is named in the report; a dry run changes nothing.
package closing

import (
	"context"
	"time"

	"openlend/calendar"
	"openlend/internal/clock"
	"openlend/internal/db"
	"openlend/internal/id"
)

// Closer closes business dates. Several processes may have one: a lease lets one
// of them work.
type Closer struct {
	DB     *db.DB
	IDs    *id.Source
	Wall   clock.Clock // the process clock: for the lease only
	Holder string      // from id.Holder
	Steps  []Step      // in their order; Steps makes those of the platform
	Cutoff Cutoff

	Report   func(error)    // hears of faults of the service; nil logs them
	Progress func(Progress) // hears of every piece; may be nil
}

// Day is the date that is being closed.
type Day struct {
	On  calendar.Date // its date
	Dry bool          // what is done will be rolled back
}

// State says where the closing of a date, or a step of it, stands.
//
//	running ──► done
type State string

// The states.
const (
	Running State = "running"
	Done    State = "done"
)

// Run is the closing of one date: the report of what it did.
type Run struct {
	On         calendar.Date `json:"on"`
	State      State         `json:"state"`
	Maker      string        `json:"by"` // who had it begun
	StartedAt  time.Time     `json:"started_at,omitzero"`
	FinishedAt time.Time     `json:"finished_at,omitzero"` // zero while it runs
	Steps      []StepRun     `json:"steps,omitempty"`
	Dry        bool          `json:"dry,omitempty"` // nothing of it has happened
}

// StepRun is what one step did on a date.
type StepRun struct {
	Name       string    `json:"name"`
	State      State     `json:"state"`
	Counts     Counts    `json:"counts"`
	Did        string    `json:"did,omitempty"` // JSON with more than the counts say
	Failures   []Failure `json:"failures,omitempty"`
	StartedAt  time.Time `json:"started_at,omitzero"`
	FinishedAt time.Time `json:"finished_at,omitzero"` // zero while it runs
	AtLeast    bool      `json:"at_least,omitempty"`   // dry run: there is more than it looked at

	nr   int64
	from Cursor // where the next piece begins
}

// Counts is how much a step had to do and did.
type Counts struct {
	Pieces  int64 `json:"pieces"`  // transactions
	Looked  int64 `json:"looked"`  // things that had something to do
	Changed int64 `json:"changed"` // of them, those that were changed
	Failed  int64 `json:"failed"`  // of them, those that could not be
}

func (c Counts) plus(d Counts) Counts {
	return Counts{c.Pieces + d.Pieces, c.Looked + d.Looked, c.Changed + d.Changed,
		c.Failed + d.Failed}
}

// Failure is one thing that a step could not do: the next closing tries again.
type Failure struct {
	Item int64  `json:"item"` // its id
	Why  string `json:"why"`
}

// Progress tells how far a closing is.
type Progress struct {
	On     calendar.Date `json:"on"`
	Step   string        `json:"step"`
	Counts Counts        `json:"counts"`
	State  State         `json:"state"`
}

// GetRun reads the report of a date. Refusal: ErrNotFound.
func GetRun(ctx context.Context, tx *db.Tx, on calendar.Date) (Run, error) {
	r, err := loadRun(ctx, tx, on)
	if err != nil {
		return Run{}, err
	}
	r.Steps, err = loadSteps(ctx, tx, on)
	return r, err
}

// Query selects runs for ListRuns.
type Query struct {
	After calendar.Date // the last one seen, zero at first
	Limit int           // 1 to 200; else 50
}

// ListRuns reads runs without their steps, the latest date first.
func ListRuns(ctx context.Context, tx *db.Tx, q Query) ([]Run, error) {
	if q.Limit < 1 || q.Limit > 200 {
		q.Limit = 50
	}
	return listRuns(ctx, tx, q)
}
