package idem

import (
	"context"

	"openlend/internal/db"
)

// Find returns what the request that a principal sent under a key was answered
// with, and its route. Refusal: ErrNotFound when it has had no effect, so far
// or any more.
func Find(ctx context.Context, tx *db.Tx, principal, key string) (string, Answer, error) {
	wanted := Request{Principal: principal, Key: key}
	id := wanted.rowID()
	stored, err := selectAnswered(ctx, tx, []int64{id})
	if err != nil {
		return "", Answer{}, err
	}
	found, there := stored[id]
	if !there || found.request.Principal != principal || found.request.Key != key {
		return "", Answer{}, ErrNotFound
	}
	return found.request.Route, found.answer, nil
}
