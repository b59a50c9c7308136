package closing

import (
	"context"
	"errors"
	"testing"

	"openlend/internal/db"
	"openlend/ledger"
)

// Each invariant finds what breaks it, and nothing in sound books.
func TestInvariantsFindWhatIsBroken(t *testing.T) {
	each(t, func(b *bench) {
		b.steps(things(b.IDs, "t", 3, func(item int64) error {
			if item == 2 {
				return errors.New("broken")
			}
			return nil
		}))
		b.day(1)
		b.close(first)
		b.breaks(map[string]int64{}, `UPDATE closing_run SET state = 'done'`)
		b.breaks(map[string]int64{"E01": 1}, `UPDATE closing_run SET business_on = '2026-03-02'`)
		b.breaks(map[string]int64{"E01": 1}, `UPDATE closing_run
			SET business_on = '2026-02-27', state = 'running', finished_at = NULL`)
		b.breaks(map[string]int64{"E02": 1}, `UPDATE closing_step
			SET state = 'running', finished_at = NULL WHERE name = 't'`)
		b.breaks(map[string]int64{"E02": 1}, `UPDATE closing_step SET failed = 0`)
		b.breaks(map[string]int64{"E02": 1}, `UPDATE closing_step SET failed = 1, changed = 0,
			looked = 1 WHERE name = 'seal-date'`)
	})
}

// breaks makes a change, counts what each check finds and takes it back.
func (b *bench) breaks(want map[string]int64, change string) {
	b.Helper()
	undo := errors.New("undo")
	_, err := db.Write(b.Context(), b.DB, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
		if _, err := tx.Exec(ctx, change); err != nil {
			return struct{}{}, err
		}
		for _, check := range Invariants() {
			n, err := b.bad(ctx, tx, check)
			if err != nil {
				return struct{}{}, err
			}
			if n != want[check.ID] {
				b.Errorf("%s finds %d rows after %s", check.ID, n, change)
			}
		}
		return struct{}{}, undo
	})
	if !errors.Is(err, undo) {
		b.Fatal(err)
	}
}

func (b *bench) bad(ctx context.Context, tx *db.Tx, check ledger.Check) (n int64, err error) {
	b.Helper()
	looked, err := db.Value[int64](ctx, tx, check.Count)
	if err != nil || looked == 0 {
		return 0, errors.Join(err, errors.New("nothing to look at"))
	}
	return n, db.Each(ctx, tx, func(s db.Scanner) error {
		var key, what string
		n++
		return s.Scan(&key, &what)
	}, check.Bad)
}
