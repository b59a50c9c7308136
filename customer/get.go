package customer

import (
	"context"
	"errors"

	"openlend/internal/db"
)

// Get gets a customer as he is now. Refusal: ErrNotFound.
func Get(ctx context.Context, tx *db.Tx, id ID) (Customer, error) {
	c, err := db.One(ctx, tx, scanCustomer, selectCustomer, int64(id))
	if errors.Is(err, db.ErrNotFound) {
		return Customer{}, ErrNotFound
	}
	return c, err
}

// lock locks a customer's row, and by it everything of his in this room, and
// returns him as he then is. Refusal: ErrNotFound.
func lock(ctx context.Context, tx *db.Tx, id ID) (Customer, error) {
	if err := tx.Lock(ctx, lockCustomer, int64(id)); err != nil {
		return Customer{}, err
	}
	return Get(ctx, tx, id)
}

// GetMany gets customers by id in one query; ids that name nobody are absent
// from the answer. It decrypts nothing.
func GetMany(ctx context.Context, tx *db.Tx, ids []ID) (map[ID]Customer, error) {
	numbers := make([]int64, len(ids))
	for i, id := range ids {
		numbers[i] = int64(id)
	}
	all, err := db.ManyByID(ctx, tx, scanCustomer, selectCustomers, numbers)
	found := make(map[ID]Customer, len(all))
	for _, c := range all {
		found[c.ID] = c
	}
	return found, err
}

// Query asks for a page of customers, newest first.
type Query struct {
	Status Status // "": all
	After  ID     // the last one of the page before, 0: from the newest
	Limit  int    // 1 to 200, 0: 50
}

// List lists customers, newest first. Refusal: ErrLimit.
func List(ctx context.Context, tx *db.Tx, q Query) ([]Customer, error) {
	limit, err := pageLimit(q.Limit)
	if err != nil {
		return nil, err
	}
	if q.After == 0 {
		q.After = maxID
	}
	return db.Many(ctx, tx, scanCustomer, selectCustomerPage,
		string(q.Status), int64(q.After), limit)
}

const maxID = 1<<63 - 1

func pageLimit(limit int) (int, error) {
	switch {
	case limit == 0:
		return 50, nil
	case limit < 0 || limit > 200:
		return 0, ErrLimit
	}
	return limit, nil
}
