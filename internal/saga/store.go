package saga

import (
	"context"
	"time"

	"openlend/internal/db"
)

// class is the last in the lock order: a step has locked what it works on
// before its saga moves.
var class = db.LockClass{Rank: 90, Table: "saga", Key: "id"}

var insertSaga = &db.Insert{Table: "saga", KeepExisting: true, Columns: []string{
	"id", "kind", "subject", "data", "state", "step", "pieces", "attempts", "why", "undo_why",
	"since_at", "next_at", "started_at", "epoch", "turn", "wakes", "heard", "until_at"}}

func insertMany(ctx context.Context, tx *db.Tx, all []Saga) error {
	return tx.InsertMany(ctx, insertSaga, len(all), func(i int, r *db.Row) {
		s := &all[i]
		r.Int(int64(s.ID))
		r.Text(s.Kind)
		r.Int(s.Subject)
		r.Text(s.Data)
		r.Text(string(s.State))
		r.Text(s.Step)
		r.Int(s.Pieces)
		r.Int(int64(s.Attempts))
		r.Text(s.Why)
		r.Text(s.UndoWhy)
		r.Int(s.SinceAt.UnixMicro())
		r.Int(s.NextAt.UnixMicro())
		r.Int(s.StartedAt.UnixMicro())
		r.Int(0)
		r.Int(0)
		r.Int(0)
		r.Int(0)
		r.Int(0)
	})
}

const columns = `SELECT id, kind, subject, data, state, step, pieces, attempts, why, undo_why,
	since_at, COALESCE(next_at, 0), started_at, COALESCE(ended_at, 0), epoch, turn, wakes, heard,
	until_at FROM saga `

const (
	selectByID      = columns + `WHERE id = $1`
	selectByIDs     = columns + `WHERE id IN (:ids) ORDER BY id`
	selectBySubject = columns + `WHERE kind = $1 AND subject = $2`
	selectLive      = columns + `WHERE ended_at IS NULL AND ($1 = '' OR kind = $1)
		AND ($2 = '' OR state = $2) AND (id < CAST($3 AS BIGINT) OR CAST($3 AS BIGINT) = 0)
		ORDER BY id DESC LIMIT $4`
	selectEnded = columns + `WHERE ended_at IS NOT NULL AND ($1 = '' OR kind = $1)
		AND state = $2 AND (id < CAST($3 AS BIGINT) OR CAST($3 AS BIGINT) = 0)
		ORDER BY id DESC LIMIT $4`
)

func scan(r db.Scanner) (s Saga, err error) {
	var since, next, started, ended, until int64
	err = r.Scan((*int64)(&s.ID), &s.Kind, &s.Subject, &s.Data, (*string)(&s.State), &s.Step,
		&s.Pieces, &s.Attempts, &s.Why, &s.UndoWhy, &since, &next, &started, &ended,
		&s.epoch, &s.turn, &s.wakes, &s.heard, &until)
	s.SinceAt, s.NextAt, s.until = instant(since), instant(next), instant(until)
	s.StartedAt, s.EndedAt = instant(started), instant(ended)
	return s, err
}

// instant reads microseconds UTC; 0 is no instant.
func instant(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}

// micros writes an instant, 0 for none.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

const selectIDs = `SELECT subject, id FROM saga WHERE subject IN (:ids) AND kind = $2`

// idsOf returns the sagas of the subjects, in their order.
func idsOf(ctx context.Context, tx *db.Tx, kind string, all []New) ([]ID, error) {
	type pair struct{ subject, id int64 }
	subjects := make([]int64, len(all))
	for i, n := range all {
		subjects[i] = n.Subject
	}
	pairs, err := db.ManyByID(ctx, tx, func(r db.Scanner) (p pair, err error) {
		err = r.Scan(&p.subject, &p.id)
		return p, err
	}, selectIDs, subjects, kind)
	of := make(map[int64]ID, len(pairs))
	for _, p := range pairs {
		of[p.subject] = ID(p.id)
	}
	out := make([]ID, len(all))
	for i, n := range all {
		out[i] = of[n.Subject]
	}
	return out, err
}

const (
	updateWoken = `UPDATE saga SET wakes = wakes + 1
		WHERE kind = $1 AND subject = $2 AND ended_at IS NULL`
	updateNudged = `UPDATE saga SET wakes = wakes + 1, attempts = 0 WHERE id = $1`
)

const (
	selectDue = `SELECT id FROM saga
		WHERE kind = $1 AND next_at <= $2 AND until_at <= $3 ORDER BY next_at LIMIT $4`
	selectWoken = `SELECT id FROM saga
		WHERE kind = $1 AND wakes > heard AND ended_at IS NULL AND until_at <= $2 LIMIT $3`
)

// dueIDs finds sagas of a kind whose time has come and that nobody has. An id
// may come twice.
func dueIDs(
	ctx context.Context, tx *db.Tx, kind string, wall time.Time, limit int,
) ([]int64, error) {
	due, err := db.Values[int64](ctx, tx, selectDue,
		kind, tx.Now().UnixMicro(), wall.UnixMicro(), limit)
	if err != nil {
		return nil, err
	}
	woken, err := db.Values[int64](ctx, tx, selectWoken, kind, wall.UnixMicro(), limit)
	return append(due, woken...), err
}

func loadMany(ctx context.Context, tx *db.Tx, ids []int64) ([]Saga, error) {
	return db.ManyByID(ctx, tx, scan, selectByIDs, ids)
}

var updateClaimed = &db.Update{Table: "saga", Keys: []string{"id"},
	Set: []string{"epoch", "until_at"}}

// storeClaimed writes claims on rows that are locked.
func storeClaimed(ctx context.Context, tx *db.Tx, all []Saga) error {
	_, err := tx.UpdateMany(ctx, updateClaimed, len(all), func(i int, r *db.Row) {
		r.Int(int64(all[i].ID))
		r.Int(all[i].epoch)
		r.Int(micros(all[i].until))
	})
	return err
}

var updateProgress = &db.Update{Table: "saga", Keys: []string{"id", "epoch"}, Version: "turn",
	Set: []string{"data", "state", "step", "pieces", "attempts", "why", "undo_why", "since_at",
		"next_at", "ended_at", "heard", "until_at"}}

// storeProgress writes sagas, sorted by id, which go on from what their epochs
// and turns name, and gives them a turn. Error: errFenced when one has moved on.
func storeProgress(ctx context.Context, tx *db.Tx, all []Saga, turn int64) error {
	n, err := tx.UpdateVersions(ctx, updateProgress, turn, len(all), func(i int, r *db.Row) {
		s := &all[i]
		r.Int(int64(s.ID))
		r.Int(s.epoch)
		r.Text(s.Data)
		r.Text(string(s.State))
		r.Text(s.Step)
		r.Int(s.Pieces)
		r.Int(int64(s.Attempts))
		r.Text(s.Why)
		r.Text(s.UndoWhy)
		r.Int(micros(s.SinceAt))
		r.IntOrNull(micros(s.NextAt))
		r.IntOrNull(micros(s.EndedAt))
		r.Int(s.heard)
		r.Int(micros(s.until))
		r.Int(s.turn)
	})
	if err == nil && n != int64(len(all)) {
		err = errFenced
	}
	return err
}

const updateReleased = `UPDATE saga SET until_at = 0 WHERE id = $1 AND epoch = $2 AND turn = $3`

// storeReleased gives a claim back.
func storeReleased(ctx context.Context, tx *db.Tx, s Saga) error {
	_, err := tx.Exec(ctx, updateReleased, int64(s.ID), s.epoch, s.turn)
	return err
}
