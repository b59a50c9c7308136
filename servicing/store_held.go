package servicing

import (
	"context"

	"openlend/internal/db"
)

const (
	selectHeldColumns = `SELECT distribution_id, leg, loan_id, customer_id, account_id, amount, why,
		held_at, tried_at FROM servicing_held `

	selectHeldPage = selectHeldColumns + `WHERE state = 'held' AND tried_at < $1
		ORDER BY tried_at LIMIT $2`

	selectHeldOf = selectHeldColumns + `WHERE distribution_id IN (:ids) AND state = 'held'
		ORDER BY distribution_id, leg`
)

var (
	insertHeld = &db.Insert{Table: "servicing_held", Columns: []string{
		"distribution_id", "leg", "loan_id", "customer_id", "account_id", "amount", "why",
		"state", "held_at", "tried_at"}}

	updateHeld = &db.Update{Table: "servicing_held", Keys: []string{"distribution_id", "leg"},
		Set: []string{"why", "state", "tried_at"}}
)

func scanHeld(s db.Scanner) (h Held, err error) {
	var held, tried int64
	err = s.Scan((*int64)(&h.Distribution), &h.Leg, (*int64)(&h.Loan), &h.Customer,
		(*int64)(&h.Account), &h.Amount, &h.Why, &held, &tried)
	h.HeldAt, h.TriedAt = instant(held), instant(tried)
	return h, err
}

func storeHeld(ctx context.Context, tx *db.Tx, all []Held) error {
	return tx.InsertMany(ctx, insertHeld, len(all), func(i int, r *db.Row) {
		h := &all[i]
		r.Int(int64(h.Distribution))
		r.Int(h.Leg)
		r.Int(int64(h.Loan))
		r.Int(h.Customer)
		r.Int(int64(h.Account))
		r.Int(h.Amount)
		r.Text(h.Why)
		r.Text("held")
		r.Int(tx.Now().UnixMicro())
		r.Int(tx.Now().UnixMicro())
	})
}

// updateHeldLegs writes the outcome of another try; legs are sorted.
func updateHeldLegs(ctx context.Context, tx *db.Tx, all []Held) error {
	_, err := tx.UpdateMany(ctx, updateHeld, len(all), func(i int, r *db.Row) {
		h := &all[i]
		state := "held"
		if h.Why == "" {
			state = "posted"
		}
		r.Int(int64(h.Distribution))
		r.Int(h.Leg)
		r.Text(h.Why)
		r.Text(state)
		r.Int(tx.Now().UnixMicro())
	})
	return err
}
