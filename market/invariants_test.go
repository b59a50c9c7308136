package market

import (
	"context"
	"errors"
	"strings"
	"testing"

	"openlend/internal/db"
)

// Each way of being wrong is found by the invariant that it breaks; what is
// right was found right by every other test here.
func TestInvariantsFind(t *testing.T) {
	t.Parallel()
	eachFair(t, func(f *fair) {
		f.bid(f.lenders(1, 5000)[0], f.open(1000, funding), 200)
		f.in(Allotted)
		f.in(Cancelled)
		refunded := f.in(Allotted)
		mustState(f, refunded, Cancelled, f.cancelAllotted(refunded))
		f.runSagas()
		for _, c := range []struct{ wrong, want string }{
			{`UPDATE market_bid SET amount = amount + 50 WHERE state = 'held'`, "I14 I15"},
			{`UPDATE market_bid SET state = 'cancelled' WHERE state = 'held'`, "I14 I15"},
			{`UPDATE market_bid SET wallet_id = wallet_id + 1 WHERE state = 'held'`, "I14"},
			{`UPDATE market_bid SET lender_id = lender_id + 1 WHERE state = 'held'`, "I14"},
			{`UPDATE market_bid SET currency = 'USD' WHERE state = 'held'`, "I14 I15"},
			{`UPDATE market_listing SET funded = funded + 1 WHERE state = 'open'`, "I15"},
			{`UPDATE market_listing SET bids = bids + 1 WHERE state = 'open'`, "I15"},
			{`UPDATE market_listing SET allotted = allotted - 1 WHERE state = 'allotted'`, "I14 I15"},
			{`UPDATE market_listing SET state = 'closed' WHERE state = 'allotted'`, "I14"},
			{`UPDATE market_listing SET state = 'failed' WHERE state = 'open'`, "I16"},
			{`UPDATE market_listing SET bids = 1 WHERE state = 'cancelled'`, "I15 I16"},
			{`UPDATE market_bid SET allotted = allotted - 1 WHERE state = 'allotted'`, "I15 I16"},
			{`UPDATE market_bid SET state = 'released' WHERE state = 'allotted'`, "I15 I16"},
			{`UPDATE market_bid SET allotted = 0 WHERE state = 'released'`, "I16"},
			{`DELETE FROM market_bid WHERE state = 'allotted'`, "I15"},
			{`UPDATE market_bid SET listing_id = 1 WHERE state = 'held'`, "I15"},
			{`UPDATE market_listing SET title = 'A cat' WHERE state = 'open'`, ""},
		} {
			_, err := try(f, func(ctx context.Context, tx *db.Tx) (any, error) {
				n, err := tx.Exec(ctx, c.wrong)
				if err != nil || n == 0 {
					t.Errorf("%s: %d rows, %v", c.wrong, n, err)
				}
				if got := broken(ctx, t, tx); got != c.want {
					t.Errorf("%s breaks %q, not %q", c.wrong, got, c.want)
				}
				return nil, errKilled
			})
			if !errors.Is(err, errKilled) {
				t.Fatal(err)
			}
		}
		f.sound()
	})
}

// broken lists the invariants that do not hold.
func broken(ctx context.Context, t *testing.T, tx *db.Tx) string {
	t.Helper()
	var found []string
	for _, c := range Invariants() {
		bad := 0
		err := db.Each(ctx, tx, func(db.Scanner) error {
			bad++
			return nil
		}, c.Bad)
		if err != nil {
			t.Fatal(err)
		}
		if bad > 0 {
			found = append(found, c.ID)
		}
	}
	return strings.Join(found, " ")
}
