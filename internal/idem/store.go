package idem

import (
	"context"
	"errors"

	"openlend/internal/db"
)

const table = "idem"

// class comes first in the lock order.
var class = db.LockClass{Rank: 0, Table: table, Key: "id"}

var claims = db.Insert{
	Table: table,
	Columns: []string{
		"id", "principal", "key", "route", "request_hash", "status", "body", "resource_id",
		"created_at", "expires_at",
	},
	KeepExisting: true,
}

// insertClaims inserts a row without an answer for each id of the group, in
// the order of ids, so that two groups cannot wait for each other. Refusal:
// ErrInFlight.
func insertClaims(ctx context.Context, tx *db.Tx, g *group) error {
	if err := waitBriefly(ctx, tx); err != nil {
		return err
	}
	now := tx.Now()
	err := tx.InsertMany(ctx, &claims, len(g.ids), func(i int, r *db.Row) {
		q := &g.requests[g.first[g.ids[i]]]
		r.Int(g.ids[i])
		r.Text(q.Principal)
		r.Text(q.Key)
		r.Text(q.Route)
		r.Bytes(q.Hash[:])
		r.NullInt()
		r.Text("")
		r.Int(0)
		r.Int(now.UnixMicro())
		r.Int(now.Add(Keep).UnixMicro())
	})
	if errors.Is(err, db.ErrBusy) {
		return ErrInFlight
	}
	return err
}

// Rows without a status are the claims of this very transaction.
const selectStored = `SELECT id, principal, key, route, request_hash, status, body, resource_id
	FROM idem WHERE id IN (:ids) AND status IS NOT NULL`

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

var answers = db.Update{
	Table: table, Keys: []string{"id"}, Set: []string{"status", "body", "resource_id"},
}

// storeAnswers answers the claims of some requests, which come in the order of
// their rows.
func storeAnswers(ctx context.Context, tx *db.Tx, g *group, requests []int) error {
	_, err := tx.UpdateMany(ctx, &answers, len(requests), func(i int, r *db.Row) {
		a := &g.results[requests[i]].Answer
		r.Int(g.rows[requests[i]])
		r.Int(int64(a.Status))
		r.Text(a.Body)
		r.Int(a.ResourceID)
	})
	return err
}

const deleteRows = `DELETE FROM idem WHERE id IN (:ids) RETURNING id`

func deleteByID(ctx context.Context, tx *db.Tx, ids []int64) (int, error) {
	gone, err := db.ManyByID(ctx, tx, func(db.Scanner) (struct{}, error) {
		return struct{}{}, nil
	}, deleteRows, ids)
	return len(gone), err
}

// deleteClaims takes back the claims of some requests.
func deleteClaims(ctx context.Context, tx *db.Tx, g *group, requests []int) error {
	ids := make([]int64, len(requests))
	for k, i := range requests {
		ids[k] = g.rows[i]
	}
	_, err := deleteByID(ctx, tx, ids)
	return err
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
