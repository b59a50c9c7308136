package bench

import (
	"context"
	"fmt"

	"openlend/internal/db"
)

// ack is one acknowledged command: a transfer with its accounts and amount, an
// opened hold with its account and amount, or a released hold.
type ack struct {
	Kind   string // T, H or V
	Type   string // of the cause
	Cause  int64
	Leg    int64
	Debit  int64
	Credit int64
	Amount int64
}

func (a ack) String() string {
	return fmt.Sprintf("%s %s %d %d %d %d %d\n",
		a.Kind, a.Type, a.Cause, a.Leg, a.Debit, a.Credit, a.Amount)
}

func parseAck(line string) (a ack, err error) {
	_, err = fmt.Sscanf(line, "%s %s %d %d %d %d %d\n",
		&a.Kind, &a.Type, &a.Cause, &a.Leg, &a.Debit, &a.Credit, &a.Amount)
	return a, err
}

const (
	selectBooked = `SELECT cause_type, cause_id, leg, debit_id, credit_id, amount
		FROM ledger_transfer WHERE cause_id IN (:ids)`
	selectWallets = `SELECT id FROM ledger_account WHERE kind = 'wallet' ORDER BY id`

	countUnnumbered = `SELECT COUNT(*) FROM outbox WHERE seq IS NULL`

	selectHeld = `SELECT cause_type, cause_id, account_id, amount, state
		FROM ledger_hold WHERE cause_id IN (:ids)`
)

type heldRow struct {
	kind           string
	cause          int64
	account, money int64
	state          string
}

// checkAcks compares a page of acknowledgements with the rows.
func checkAcks(ctx context.Context, tx *db.Tx, acks []ack, report *CrashReport) error {
	ids := make([]int64, len(acks))
	for i, a := range acks {
		ids[i] = a.Cause
	}
	booked, err := db.ManyByID(ctx, tx, func(s db.Scanner) (a ack, err error) {
		a.Kind = "T"
		err = s.Scan(&a.Type, &a.Cause, &a.Leg, &a.Debit, &a.Credit, &a.Amount)
		return a, err
	}, selectBooked, ids)
	if err != nil {
		return err
	}
	held, err := db.ManyByID(ctx, tx, func(s db.Scanner) (h heldRow, err error) {
		err = s.Scan(&h.kind, &h.cause, &h.account, &h.money, &h.state)
		return h, err
	}, selectHeld, ids)
	if err != nil {
		return err
	}
	transfers, holds := map[[2]int64][]ack{}, map[int64]heldRow{}
	for _, a := range booked {
		key := [2]int64{a.Cause, a.Leg}
		transfers[key] = append(transfers[key], a)
	}
	for _, h := range held {
		holds[h.cause] = h
	}
	for _, a := range acks {
		report.Acknowledged++
		report.judge(a, transfers[[2]int64{a.Cause, a.Leg}], holds[a.Cause])
	}
	return nil
}

func (r *CrashReport) judge(a ack, rows []ack, hold heldRow) {
	lost, wrong := false, false
	switch a.Kind {
	case "T":
		lost = len(rows) == 0
		wrong = len(rows) > 1 || len(rows) == 1 && rows[0] != a
	case "H":
		lost = hold.cause == 0
		wrong = !lost && (hold.account != a.Debit || hold.money != a.Amount)
	case "V":
		lost = hold.cause == 0
		wrong = !lost && hold.state != "voided"
	}
	if lost {
		r.Lost++
	}
	if wrong {
		r.Wrong++
	}
	if (lost || wrong) && r.First == "" {
		r.First = a.String()
	}
}
