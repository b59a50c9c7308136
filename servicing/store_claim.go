package servicing

import (
	"context"

	"openlend/internal/db"
	"openlend/money"
)

var lockClaim = db.LockClass{Rank: 68, Table: "servicing_claim", Key: "id"}

const (
	selectClaimColumns = `SELECT id, distribution_id, leg, loan_id, customer_id, wallet_id,
		receivable_id, currency, amount, settled, state, opened_at, changed_at
		FROM servicing_claim `

	selectClaims = selectClaimColumns + `WHERE id IN (:ids) ORDER BY id`

	selectClaimPage = selectClaimColumns + `WHERE state = 'open' AND id > $1
		AND (customer_id = $2 OR CAST($2 AS BIGINT) = 0) ORDER BY id LIMIT $3`
)

var (
	insertClaim = &db.Insert{Table: "servicing_claim", Columns: []string{
		"id", "distribution_id", "leg", "loan_id", "customer_id", "wallet_id", "receivable_id",
		"currency", "amount", "settled", "state", "opened_at", "changed_at"}}

	updateClaim = &db.Update{Table: "servicing_claim", Keys: []string{"id"}, Set: []string{
		"settled", "state", "changed_at"}}

	insertSettlement = &db.Insert{Table: "servicing_settlement", Columns: []string{
		"id", "claim_id", "amount", "settled_at"}}
)

func scanClaim(s db.Scanner) (c Claim, err error) {
	var currency, state string
	var opened, changed int64
	err = s.Scan((*int64)(&c.ID), (*int64)(&c.Distribution), &c.Leg, (*int64)(&c.Loan),
		&c.Customer, (*int64)(&c.Wallet), (*int64)(&c.Receivable), &currency, &c.Amount,
		&c.Settled, &state, &opened, &changed)
	c.Currency, c.State = money.Currency(currency), ClaimState(state)
	c.OpenedAt, c.ChangedAt = instant(opened), instant(changed)
	return c, err
}

func storeClaims(ctx context.Context, tx *db.Tx, all []Claim) error {
	return tx.InsertMany(ctx, insertClaim, len(all), func(i int, r *db.Row) {
		c := &all[i]
		r.Int(int64(c.ID))
		r.Int(int64(c.Distribution))
		r.Int(c.Leg)
		r.Int(int64(c.Loan))
		r.Int(c.Customer)
		r.Int(int64(c.Wallet))
		r.Int(int64(c.Receivable))
		r.Text(string(c.Currency))
		r.Int(c.Amount)
		r.Int(c.Settled)
		r.Text(string(c.State))
		r.Int(tx.Now().UnixMicro())
		r.Int(tx.Now().UnixMicro())
	})
}

// updateClaims writes what changes in claims, which are sorted by id.
func updateClaims(ctx context.Context, tx *db.Tx, claims []*Claim) error {
	_, err := tx.UpdateMany(ctx, updateClaim, len(claims), func(i int, r *db.Row) {
		r.Int(int64(claims[i].ID))
		r.Int(claims[i].Settled)
		r.Text(string(claims[i].State))
		r.Int(tx.Now().UnixMicro())
	})
	return err
}

// settlement is a fact: part of a claim was paid.
type settlement struct {
	id    int64
	claim ClaimID
	minor int64
}

func storeSettlements(ctx context.Context, tx *db.Tx, all []settlement) error {
	return tx.InsertMany(ctx, insertSettlement, len(all), func(i int, r *db.Row) {
		r.Int(all[i].id)
		r.Int(int64(all[i].claim))
		r.Int(all[i].minor)
		r.Int(tx.Now().UnixMicro())
	})
}
