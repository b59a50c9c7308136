package ledger

import (
	"context"
	"slices"
	"testing"

	"openlend/internal/db"
)

// A room's own checks run after the ledger's, and name their bad rows.
func testRoomChecks(t *testing.T, s *sample) {
	reports := s.verify(t, VerifyOptions{Checks: []Check{
		{ID: "X1", Says: "in SQL", Count: `SELECT COUNT(*) FROM ledger_account`,
			Bad: `SELECT 'account ' || CAST(id AS TEXT), 'it is open' FROM ledger_account
				WHERE id = (SELECT MIN(id) FROM ledger_account)`},
		{ID: "X2", Says: "recomputed", Recompute: func(
			context.Context, *db.Tx, func(key, what string),
		) (int64, error) {
			return 7, nil
		}},
		{ID: "X3", Says: "recomputed", Recompute: func(
			_ context.Context, _ *db.Tx, bad func(key, what string),
		) (int64, error) {
			bad("loan 1", "100% wrong")
			return 1, nil
		}},
	}})
	if len(reports) != len(checks)+3 {
		t.Errorf("%d reports", len(reports))
	}
	if r := reports["X1"]; r.Looked < 5 || r.Bad != 1 || r.Rows[0].What != "it is open" {
		t.Errorf("%+v", r)
	}
	if r := reports["X2"]; r.Looked != 7 || r.Bad != 0 {
		t.Errorf("%+v", r)
	}
	if r := reports["X3"]; !slices.Equal(r.Rows, []BadRow{{"loan 1", "100% wrong"}}) {
		t.Errorf("%+v", r)
	}
}
