// Package saga runs processes that take longer than one transaction: steps with
// their compensations, kept in a row each, so that any process may die at any
// moment and any other goes on from there.
//
// Invariants: a step's effect and the saga's progress are one transaction, so a
// step is done once or not at all; every such transaction names the epoch and
// the turn that it goes on from, so a worker that was stopped and wakes up late
// changes nothing; a saga that is neither done nor undone says in its row what
// it waits for and since when; steps are undone in the reverse order of their
// doing. Leases are by the process clock and decide only how soon somebody else
// may try; everything else is by the instant of the transaction.
package saga

import (
	"context"
	"time"

	"openlend/internal/db"
	"openlend/internal/id"
)

// ID names a saga.
type ID int64

const prefix = "sag"

func (n ID) String() string { return id.Format(prefix, int64(n)) }

// ParseID reads what String wrote. Refusal: ErrMalformed.
func ParseID(s string) (ID, error) {
	n, err := id.Parse(prefix, s)
	if err != nil {
		return 0, ErrMalformed
	}
	return ID(n), nil
}

// State says where a saga stands.
//
//	start ──► running ◄──► waiting
//	             │  │       │  │
//	             │  └───┬───┘  │
//	             │      ▼      │
//	             │    done     │
//	             └──────┬──────┘
//	                    ▼
//	                 undoing ──► undone   (at once when there is nothing to undo)
//
// Running, waiting and undoing sagas may become stuck, and go on from there as before. A
// stuck saga needs a person: a step was refused, or has waited for longer than
// its deadline. In the second case it still goes on by itself when what it waits
// for comes after all.
type State string

// The states.
const (
	StateRunning State = "running" // a worker has it, or the next free one will
	StateWaiting State = "waiting" // until NextAt, or until it is woken
	StateUndoing State = "undoing" // compensating, perhaps waiting meanwhile
	StateStuck   State = "stuck"   // waits for a person
	StateDone    State = "done"
	StateUndone  State = "undone"
)

// Steps are the states that may follow.
func (s State) Steps() []State {
	switch s {
	case StateRunning, StateWaiting:
		return []State{
			StateRunning, StateWaiting, StateUndoing, StateStuck, StateDone, StateUndone,
		}
	case StateUndoing:
		return []State{StateUndoing, StateStuck, StateUndone}
	case StateStuck:
		return []State{
			StateRunning, StateWaiting, StateUndoing, StateStuck, StateDone, StateUndone,
		}
	}
	return nil // done and undone are the end
}

// Saga is one process.
type Saga struct {
	ID      ID
	Kind    string // which Definition
	Subject int64  // what it is about: one saga of a kind for a subject, for ever
	Data    string // JSON with ids only. A step may change it: kept with its progress
	State   State

	Step     string    // that runs or waits, "" before the first run; while undoing: the one undone
	Pieces   int64     // that the step has done (Next More)
	Attempts int       // runs of the step since its last progress
	Why      string    // it waits, for operators only
	UndoWhy  string    // why it is undone, "" when it is not
	SinceAt  time.Time // of the last progress
	NextAt   time.Time // when it runs by itself; zero: only when woken

	StartedAt time.Time
	EndedAt   time.Time // zero while it has not

	epoch, turn  int64     // grow with every claim, with every commit of progress
	wakes, heard int64     // wake-ups that have come; those before the last run began
	until        time.Time // until when a worker has it, by the process clock
}

// due says whether the saga should run now.
func (s Saga) due(now time.Time) bool {
	return s.wakes > s.heard || !s.NextAt.IsZero() && !s.NextAt.After(now)
}

// Get reads one saga. Refusal: ErrNotFound.
func Get(ctx context.Context, tx *db.Tx, n ID) (Saga, error) {
	s, err := db.One(ctx, tx, scan, selectByID, int64(n))
	return s, notFound(err)
}

// Find reads the saga of a subject. Refusal: ErrNotFound.
func Find(ctx context.Context, tx *db.Tx, kind string, subject int64) (Saga, error) {
	s, err := db.One(ctx, tx, scan, selectBySubject, kind, subject)
	return s, notFound(err)
}

// Query selects sagas for List.
type Query struct {
	Kind  string // "": all
	State State  // "": all that have not ended
	After ID     // the last one seen, 0 at first
	Limit int    // 1 to 200; else 50
}

// List reads sagas, the newest first.
func List(ctx context.Context, tx *db.Tx, q Query) ([]Saga, error) {
	if q.Limit < 1 || q.Limit > 200 {
		q.Limit = 50
	}
	text := selectLive
	if q.State == StateDone || q.State == StateUndone {
		text = selectEnded
	}
	return db.Many(ctx, tx, scan, text, q.Kind, string(q.State), int64(q.After), q.Limit)
}
