package idem

import (
	"context"
	"errors"

	"openlend/internal/db"
)

const table = "idem"

// class comes first in the lock order.
var class = db.LockClass{Rank: 0, Table: table, Key: "id"}

var answers = db.Insert{
	Table: table,
	Columns: []string{
		"id", "principal", "key", "route", "request_hash", "status", "body", "resource_id",
		"created_at", "expires_at",
	},
}

var errTwin = db.Again("the same command was at work in another transaction")

// insertAnswers inserts the answered rows of some requests, which come in the
// order of their rows, so that two groups cannot wait for each other. It waits
// for a transaction that has inserted one of them. Refusal: ErrInFlight; errTwin.
func insertAnswers(ctx context.Context, tx *db.Tx, g *group, requests []int) error {
	now := tx.Now()
	err := tx.InsertMany(ctx, &answers, len(requests), func(i int, r *db.Row) {
		q, a := &g.requests[requests[i]], &g.results[requests[i]].Answer
		r.Int(g.rows[requests[i]])
		r.Text(q.Principal)
		r.Text(q.Key)
		r.Text(q.Route)
		r.Bytes(q.Hash[:])
		r.Int(int64(a.Status))
		r.Text(a.Body)
		r.Int(a.ResourceID)
		r.Int(now.UnixMicro())
		r.Int(now.Add(Keep).UnixMicro())
	})
	switch {
	case errors.Is(err, db.ErrBusy):
		return ErrInFlight
	case db.IsDuplicate(err):
		return errTwin
	}
	return err
}

const selectStored = `SELECT id, principal, key, route, request_hash, status, body, resource_id
	FROM idem WHERE id IN (:ids)`

func selectAnswered(ctx context.Context, tx *db.Tx, ids []int64) (map[int64]row, error) {
	found := map[int64]row{}
	_, err := db.ManyByID(ctx, tx, func(s db.Scanner) (struct{}, error) {
		var id int64
		var w row
		var hash []byte
		q, a := &w.request, &w.answer
		err := s.Scan(&id, &q.Principal, &q.Key, &q.Route, &hash, &a.Status, &a.Body, &a.ResourceID)
		copy(q.Hash[:], hash)
		found[id] = w
		return struct{}{}, err
	}, selectStored, ids)
	return found, err
}

// lockAndSelect reads stored rows again under a lock.
func lockAndSelect(ctx context.Context, tx *db.Tx, stored map[int64]row) (map[int64]row, error) {
	ids := make([]int64, 0, len(stored))
	for id := range stored {
		ids = append(ids, id)
	}
	if err := tx.Lock(ctx, class, ids...); err != nil {
		return nil, err
	}
	again, err := selectAnswered(ctx, tx, ids)
	if err == nil && len(again) != len(stored) {
		err = db.Again("an idempotency row was purged meanwhile")
	}
	return again, err
}

const deleteRows = `DELETE FROM idem WHERE id IN (:ids) RETURNING id`

func deleteByID(ctx context.Context, tx *db.Tx, ids []int64) (int, error) {
	gone, err := db.ManyByID(ctx, tx, func(db.Scanner) (struct{}, error) {
		return struct{}{}, nil
	}, deleteRows, ids)
	return len(gone), err
}

const selectExpired = `SELECT id FROM idem WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2`

// deleteExpired deletes up to limit rows whose time is over, in the order of
// locks, and returns how many.
func deleteExpired(ctx context.Context, tx *db.Tx, limit int) (int, error) {
	ids, err := db.Values[int64](ctx, tx, selectExpired, tx.Now().UnixMicro(), limit)
	if err != nil {
		return 0, err
	}
	if err := tx.Lock(ctx, class, ids...); err != nil {
		return 0, err
	}
	return deleteByID(ctx, tx, ids)
}
