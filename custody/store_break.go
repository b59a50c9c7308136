package custody

import (
	"context"

	"openlend/internal/db"
	"openlend/money"
)

const breakColumns = `id, kind, currency, subject, what, owner, state, opened_at,
	COALESCE(closed_at, 0), closed_by, note`

const freezeColumns = `id, reason, maker, frozen_at, COALESCE(checker, ''),
	COALESCE(released_at, 0)`

const (
	selectBreak = `SELECT ` + breakColumns + ` FROM custody_break WHERE id = $1`

	selectBreakOf = `SELECT ` + breakColumns + ` FROM custody_break
		WHERE kind = $1 AND currency = $2 AND subject = $3`

	selectBreaks = `SELECT ` + breakColumns + ` FROM custody_break
		WHERE id < $1 AND ($2 = '' OR state = $2) ORDER BY id DESC LIMIT $3`

	selectOpenBreaks = `SELECT ` + breakColumns + ` FROM custody_break
		WHERE kind = $1 AND state = 'open' AND currency = $2 ORDER BY id`

	updateBreak = `UPDATE custody_break SET owner = $2, state = $3, closed_at = $4, closed_by = $5,
		note = $6 WHERE id = $1`

	selectFreeze = `SELECT ` + freezeColumns + ` FROM custody_freeze
		WHERE id = (SELECT freeze_id FROM custody_gate WHERE id = 1)`

	selectGate = `SELECT freeze_id FROM custody_gate WHERE id = 1`

	updateFrozen = `UPDATE custody_gate SET freeze_id = $1 WHERE id = 1`

	updateOpened = `UPDATE custody_gate SET freeze_id = NULL WHERE id = 1 AND freeze_id = $1`

	selectStanding = `SELECT ` + freezeColumns + ` FROM custody_freeze
		WHERE released_at IS NULL ORDER BY id`

	updateReleased = `UPDATE custody_freeze SET checker = $1, released_at = $2
		WHERE released_at IS NULL`
)

var (
	insertBreak = &db.Insert{Table: "custody_break", KeepExisting: true, Columns: []string{
		"id", "kind", "currency", "subject", "what", "owner", "state", "opened_at", "closed_by",
		"note",
	}}
	insertFreeze = &db.Insert{Table: "custody_freeze", Columns: []string{
		"id", "reason", "maker", "frozen_at",
	}}
)

func scanBreak(s db.Scanner) (Break, error) {
	var b Break
	var opened, closed int64
	err := s.Scan(&b.ID, &b.Kind, &b.Currency, &b.Subject, &b.What, &b.Owner, &b.State, &opened,
		&closed, &b.ClosedBy, &b.Note)
	b.OpenedAt, b.ClosedAt = instant(opened), instant(closed)
	return b, err
}

func storeNewBreak(ctx context.Context, tx *db.Tx, b *Break) error {
	return tx.InsertMany(ctx, insertBreak, 1, func(_ int, r *db.Row) {
		r.Int(int64(b.ID))
		r.Text(string(b.Kind))
		r.Text(string(b.Currency))
		r.Text(b.Subject)
		r.Text(b.What)
		r.Text(b.Owner)
		r.Text(string(b.State))
		r.Int(b.OpenedAt.UnixMicro())
		r.Text(b.ClosedBy)
		r.Text(b.Note)
	})
}

func storeBreak(ctx context.Context, tx *db.Tx, b *Break) error {
	_, err := tx.Exec(ctx, updateBreak, int64(b.ID), b.Owner, string(b.State),
		momentOrNull(b.ClosedAt), b.ClosedBy, b.Note)
	return err
}

func loadBreak(ctx context.Context, tx *db.Tx, n BreakID) (Break, error) {
	b, err := db.One(ctx, tx, scanBreak, selectBreak, int64(n))
	return b, notFound(err)
}

func loadBreakOf(
	ctx context.Context, tx *db.Tx, kind BreakKind, c money.Currency, subject string,
) (Break, error) {
	b, err := db.One(ctx, tx, scanBreak, selectBreakOf, string(kind), string(c), subject)
	return b, notFound(err)
}

func scanFreeze(s db.Scanner) (Freeze, error) {
	var f Freeze
	var frozen, released int64
	err := s.Scan(&f.ID, &f.Reason, &f.Maker, &frozen, &f.Checker, &released)
	f.FrozenAt, f.ReleasedAt = instant(frozen), instant(released)
	return f, err
}

// storeNewFreeze lets a freeze stand, beside those that do already.
func storeNewFreeze(ctx context.Context, tx *db.Tx, f *Freeze) error {
	if _, err := tx.Exec(ctx, updateFrozen, int64(f.ID)); err != nil {
		return err
	}
	return tx.InsertMany(ctx, insertFreeze, 1, func(_ int, r *db.Row) {
		r.Int(int64(f.ID))
		r.Text(f.Reason)
		r.Text(f.Maker)
		r.Int(f.FrozenAt.UnixMicro())
	})
}

// storeReleased ends all freezes that stand, when the newest of them is f still.
func storeReleased(ctx context.Context, tx *db.Tx, f *Freeze) (bool, error) {
	n, err := tx.Exec(ctx, updateOpened, int64(f.ID))
	if err != nil || n == 0 {
		return false, err
	}
	_, err = tx.Exec(ctx, updateReleased, f.Checker, f.ReleasedAt.UnixMicro())
	return err == nil, err
}

// gateIsFrozen reads the gate and keeps it as it is until the transaction ends.
// It comes before all locks.
func gateIsFrozen(ctx context.Context, tx *db.Tx) (bool, error) {
	var freeze *int64
	_, err := db.OneShared(ctx, tx, func(s db.Scanner) (struct{}, error) {
		return struct{}{}, s.Scan(&freeze)
	}, selectGate)
	return freeze != nil, err
}
