package servicing

import (
	"context"

	"openlend/calendar"
	"openlend/internal/db"
	"openlend/loan"
	"openlend/money"
)

// lockDistribution comes after the accounts that legs are posted to.
var lockDistribution = db.LockClass{Rank: 67, Table: "servicing_distribution", Key: "id"}

const (
	selectDistributionColumns = `SELECT id, loan_id, event_id, returned_id, record_on, currency,
		lenders, platform, borrower, returned, legs, platform_leg, borrower_leg, hash, state,
		next_leg, posted, held_legs, started_at, changed_at FROM servicing_distribution `

	selectDistributions = selectDistributionColumns + `WHERE id IN (:ids) ORDER BY id`

	selectRunning = selectDistributionColumns + `WHERE loan_id IN (:ids) AND state = 'running'
		ORDER BY loan_id, id`

	selectDistributionPage = selectDistributionColumns + `WHERE loan_id = $1 AND id < $2
		ORDER BY id DESC LIMIT $3`

	selectShares = `SELECT leg, note_id, holder_id, wallet_id, principal, interest, penalty,
		late_fee, fee, amount FROM servicing_share
		WHERE distribution_id = $1 AND leg >= $2 AND leg < $3 ORDER BY leg, note_id`

	selectSharePage = `SELECT leg, note_id, holder_id, wallet_id, principal, interest, penalty,
		late_fee, fee, amount FROM servicing_share
		WHERE distribution_id = $1 AND (leg > $2 OR leg = $2 AND note_id > $3)
		ORDER BY leg, note_id LIMIT $4`
)

var (
	insertDistribution = &db.Insert{Table: "servicing_distribution", Columns: []string{
		"id", "loan_id", "event_id", "returned_id", "record_on", "currency", "lenders",
		"platform", "borrower", "returned", "legs", "platform_leg", "borrower_leg", "hash",
		"state", "next_leg", "posted", "held_legs", "started_at", "changed_at"}}

	updateDistribution = &db.Update{Table: "servicing_distribution", Keys: []string{"id"},
		Set: []string{"state", "next_leg", "posted", "held_legs", "changed_at"}}

	insertShare = &db.Insert{Table: "servicing_share", Columns: []string{
		"distribution_id", "leg", "note_id", "holder_id", "wallet_id", "principal", "interest",
		"penalty", "late_fee", "fee", "amount"}}
)

func scanDistribution(s db.Scanner) (*Distribution, error) {
	var d Distribution
	var recordOn, currency, state string
	var started, changed int64
	err := s.Scan((*int64)(&d.ID), (*int64)(&d.Loan), (*int64)(&d.Event),
		(*int64)(&d.ReturnedPayment), &recordOn, &currency, &d.Lenders, &d.Platform, &d.Borrower,
		&d.Returned, &d.Legs, &d.PlatformLeg, &d.BorrowerLeg, &d.Hash, &state, &d.NextLeg,
		&d.Posted, &d.HeldLegs, &started, &changed)
	if err != nil {
		return nil, err
	}
	d.Currency, d.State = money.Currency(currency), DistributionState(state)
	d.StartedAt, d.ChangedAt = instant(started), instant(changed)
	d.RecordOn, err = calendar.ParseDate(recordOn)
	return &d, err
}

func storeDistributions(ctx context.Context, tx *db.Tx, all []*Distribution) error {
	return tx.InsertMany(ctx, insertDistribution, len(all), func(i int, r *db.Row) {
		d := all[i]
		r.Int(int64(d.ID))
		r.Int(int64(d.Loan))
		r.Int(int64(d.Event))
		r.Int(int64(d.ReturnedPayment))
		r.Text(d.RecordOn.String())
		r.Text(string(d.Currency))
		r.Int(d.Lenders)
		r.Int(d.Platform)
		r.Int(d.Borrower)
		r.Int(d.Returned)
		r.Int(d.Legs)
		r.Int(d.PlatformLeg)
		r.Int(d.BorrowerLeg)
		r.Bytes(d.Hash)
		d.writeState(r)
		r.Int(tx.Now().UnixMicro())
		r.Int(tx.Now().UnixMicro())
	})
}

// updateDistributions writes what changes in distributions, sorted by id.
func updateDistributions(ctx context.Context, tx *db.Tx, all ...*Distribution) error {
	_, err := tx.UpdateMany(ctx, updateDistribution, len(all), func(i int, r *db.Row) {
		r.Int(int64(all[i].ID))
		all[i].writeState(r)
		r.Int(tx.Now().UnixMicro())
	})
	return err
}

func (d *Distribution) writeState(r *db.Row) {
	r.Text(string(d.State))
	r.Int(d.NextLeg)
	r.Int(d.Posted)
	r.Int(d.HeldLegs)
}

// storeShares writes the shares of many distributions.
func storeShares(ctx context.Context, tx *db.Tx, all []*fanOut) error {
	type row struct {
		of DistributionID
		*share
	}
	var rows []row
	for _, f := range all {
		for i := range f.shares {
			rows = append(rows, row{f.ID, &f.shares[i]})
		}
	}
	return tx.InsertMany(ctx, insertShare, len(rows), func(i int, r *db.Row) {
		s := rows[i]
		r.Int(int64(s.of))
		r.Int(s.leg)
		r.Int(int64(s.note))
		r.Int(int64(s.holder))
		r.Int(int64(s.wallet))
		r.Int(s.parts[loan.PrincipalPart])
		r.Int(s.parts[loan.InterestPart])
		r.Int(s.parts[loan.PenaltyPart])
		r.Int(s.parts[loan.LateFeePart])
		r.Int(s.fee)
		r.Int(s.amount)
	})
}

func scanShare(s db.Scanner) (x share, err error) {
	err = s.Scan(&x.leg, (*int64)(&x.note), (*int64)(&x.holder), (*int64)(&x.wallet),
		&x.parts[loan.PrincipalPart], &x.parts[loan.InterestPart], &x.parts[loan.PenaltyPart],
		&x.parts[loan.LateFeePart], &x.fee, &x.amount)
	return x, err
}
