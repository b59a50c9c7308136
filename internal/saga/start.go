package saga

import (
	"context"
	"errors"

	"openlend/internal/db"
	"openlend/internal/id"
)

// Start starts a saga of a kind for a subject in the transaction that causes it
// and returns its id. There is one for ever: started again, it is left as it is.
func Start(
	ctx context.Context, tx *db.Tx, ids *id.Source, kind string, subject int64, data string,
) (ID, error) {
	all, err := StartMany(ctx, tx, ids, kind, []New{{subject, data}})
	if err != nil {
		return 0, err
	}
	return all[0], nil
}

// New is a saga to be started.
type New struct {
	Subject int64
	Data    string // JSON with ids only, "" for none
}

// StartMany is Start for many subjects, which must differ.
func StartMany(
	ctx context.Context, tx *db.Tx, ids *id.Source, kind string, all []New,
) ([]ID, error) {
	rows := make([]Saga, len(all))
	for i, n := range all {
		next, err := ids.Next()
		if err != nil {
			return nil, err
		}
		rows[i] = Saga{
			ID: ID(next), Kind: kind, Subject: n.Subject, Data: n.Data, State: StateRunning,
			SinceAt: tx.Now(), NextAt: tx.Now(), StartedAt: tx.Now(),
		}
	}
	if err := insertMany(ctx, tx, rows); err != nil {
		return nil, err
	}
	return idsOf(ctx, tx, kind, all)
}

// Wake says that what a saga may be waiting for has come: it runs again soon. A
// saga that is at work just now runs its next step once more; one that has ended
// or was never started is left alone.
func Wake(ctx context.Context, tx *db.Tx, kind string, subject int64) error {
	_, err := tx.Exec(ctx, updateWoken, kind, subject)
	return err
}

// Nudge has a waiting or stuck saga tried again now, its backoff from the
// beginning: an operator has mended what was wrong. Refusals: ErrNotFound,
// ErrEnded.
func Nudge(ctx context.Context, tx *db.Tx, n ID) (Saga, error) {
	if err := tx.Lock(ctx, class, int64(n)); err != nil {
		return Saga{}, err
	}
	s, err := Get(ctx, tx, n)
	switch {
	case err != nil:
		return Saga{}, err
	case s.State.ended():
		return Saga{}, ErrEnded.With("it is %s", s.State)
	}
	if _, err := tx.Exec(ctx, updateNudged, int64(n)); err != nil {
		return Saga{}, err
	}
	return Get(ctx, tx, n)
}

func (s State) ended() bool { return s == StateDone || s == StateUndone }

// notFound turns the absence of a row into its refusal.
func notFound(err error) error {
	if errors.Is(err, db.ErrNotFound) {
		return ErrNotFound
	}
	return err
}
