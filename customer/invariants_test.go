package customer

import (
	"context"
	"errors"
	"testing"

	"openlend/internal/db"
	"openlend/internal/testdb"
	"openlend/ledger"
)

// Each invariant holds on a room that was lived in, and finds what breaks it. The
// breaking is done as the owner of a file can do it; append-only rows are added.
func TestInvariants(t *testing.T) {
	t.Parallel()
	breaks := map[string][]string{
		"C01": {`DELETE FROM customer_identity`, `UPDATE customer_identity SET phone = email_index`},
		"C02": {`UPDATE customer SET status = 'frozen'`,
			`INSERT INTO customer_status_change (id, customer_id, from_status, to_status, reason,
				maker, changed_at) SELECT 1, MIN(id), 'frozen', 'verified', 'x', 'x', 0 FROM customer`},
		"C03": {`DELETE FROM customer_check`},
		"C04": {`UPDATE customer SET lend_terms = 7`, `UPDATE customer SET borrow_terms = 1`},
		"C05": {`INSERT INTO customer_acceptance (customer_id, terms_id, sha256, channel, actor,
				accepted_at) SELECT 1, id, body, 'web', 'x', 0 FROM customer_terms`},
		"C06": {`UPDATE customer SET status = 'new', verified_at = NULL`},
		"C07": {`INSERT INTO customer_terms (id, kind, version, language, body, sha256,
				published_on, maker, created_at)
			SELECT 1, 'privacy', 1, 'en', sha256, body, '2026-03-01', 'x', 0 FROM customer_terms`},
	}
	if len(breaks) != len(Invariants()) {
		t.Fatal("an invariant is not tried")
	}
	testdb.EachURL(t, func(t *testing.T, url string) {
		o := newOffice(t, url)
		c := o.verified(o.anna())
		o.verifyAccount(o.addAccount(self(c), account(c.ID)).ID, 0)
		const thirtyTwo = "terms of exactly thirty-two byte" // stands where a hash should
		o.accept(c, o.publish(TermsLend, 1, "en", thirtyTwo))
		o.mustHold()
		for id, statements := range breaks {
			for _, text := range statements {
				_, err := try(o, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
					if _, err := tx.Exec(ctx, text); err != nil {
						return struct{}{}, err
					}
					for _, check := range Invariants() {
						if n, err := bad(ctx, tx, check); err != nil || check.ID == id && n == 0 {
							t.Errorf("%s does not see %s: %v", check.ID, text, err)
						}
					}
					return struct{}{}, errUndone
				})
				if !errors.Is(err, errUndone) {
					t.Errorf("%s: %v", text, err)
				}
			}
		}
		o.mustHold()
	})
}

var errUndone = errors.New("undone")

// bad counts the rows that break a check.
func bad(ctx context.Context, tx *db.Tx, c ledger.Check) (n int, err error) {
	if c.Recompute != nil {
		_, err = c.Recompute(ctx, tx, func(_, _ string) { n++ })
		return n, err
	}
	err = db.Each(ctx, tx, func(s db.Scanner) error {
		var key, what string
		n++
		return s.Scan(&key, &what)
	}, c.Bad)
	return n, err
}
