package customer

import (
	"context"
	"errors"

	"openlend/calendar"
	"openlend/internal/db"
)

const (
	selectTerms = `SELECT id, kind, version, language, body, sha256, published_on
		FROM customer_terms WHERE id = $1`

	selectAllTerms = `SELECT id, kind, version, language, body, sha256, published_on
		FROM customer_terms ORDER BY id`

	selectNewestTerms = `SELECT id, kind, version, language, NULL, sha256, published_on
		FROM customer_terms WHERE kind = $1 AND version =
			(SELECT MAX(version) FROM customer_terms WHERE kind = $1)
		ORDER BY language`

	selectNewestVersion = `SELECT COALESCE(MAX(version), 0) FROM customer_terms WHERE kind = $1`

	insertTerms = `INSERT INTO customer_terms (id, kind, version, language, body, sha256,
		published_on, maker, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`

	selectAcceptance = `SELECT customer_id, terms_id, sha256, channel, actor, accepted_at
		FROM customer_acceptance WHERE customer_id = $1 AND terms_id = $2`

	selectAcceptanceAddress = `SELECT address FROM customer_acceptance
		WHERE customer_id = $1 AND terms_id = $2`

	selectAcceptances = `SELECT customer_id, terms_id, sha256, channel, actor, accepted_at
		FROM customer_acceptance WHERE customer_id = $1 ORDER BY accepted_at, terms_id`

	insertAcceptance = `INSERT INTO customer_acceptance (customer_id, terms_id, sha256, channel,
		address, actor, accepted_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`

	updateAccepted = `UPDATE customer SET borrow_terms = $1, lend_terms = $2 WHERE id = $3`
)

func scanTerms(s db.Scanner) (t Terms, err error) {
	var published string
	err = s.Scan((*int64)(&t.ID), (*string)(&t.Kind), &t.Version, &t.Language, &t.Body, &t.SHA256,
		&published)
	if err != nil {
		return t, err
	}
	t.PublishedOn, err = calendar.ParseDate(published)
	return t, err
}

func loadTerms(ctx context.Context, tx *db.Tx, terms TermsID) (Terms, error) {
	t, err := db.One(ctx, tx, scanTerms, selectTerms, int64(terms))
	if errors.Is(err, db.ErrNotFound) {
		return Terms{}, ErrNoTerms
	}
	return t, err
}

func newestVersion(ctx context.Context, tx *db.Tx, kind TermsKind) (int64, error) {
	return db.Value[int64](ctx, tx, selectNewestVersion, string(kind))
}

func storeTerms(ctx context.Context, tx *db.Tx, t *Terms, maker string) error {
	_, err := tx.Exec(ctx, insertTerms, int64(t.ID), string(t.Kind), t.Version, t.Language,
		t.Body, t.SHA256, t.PublishedOn.String(), maker, tx.Now().UnixMicro())
	return err
}

func scanAcceptance(s db.Scanner) (a Acceptance, err error) {
	var accepted int64
	err = s.Scan((*int64)(&a.Customer), (*int64)(&a.Terms), &a.SHA256, (*string)(&a.Channel),
		&a.Actor, &accepted)
	a.AcceptedAt = instant(accepted)
	return a, err
}

func loadAcceptance(
	ctx context.Context, tx *db.Tx, customer ID, terms TermsID,
) (Acceptance, error) {
	return db.One(ctx, tx, scanAcceptance, selectAcceptance, int64(customer), int64(terms))
}

func loadAcceptanceAddress(
	ctx context.Context, tx *db.Tx, customer ID, terms TermsID,
) ([]byte, error) {
	return db.Value[[]byte](ctx, tx, selectAcceptanceAddress, int64(customer), int64(terms))
}

// storeAcceptance stores the evidence, and the newest version on the customer.
func storeAcceptance(
	ctx context.Context, tx *db.Tx, a *Acceptance, address []byte, c *Customer,
) error {
	_, err := tx.Exec(ctx, insertAcceptance, int64(a.Customer), int64(a.Terms), a.SHA256,
		string(a.Channel), address, a.Actor, a.AcceptedAt.UnixMicro())
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, updateAccepted, c.BorrowTerms, c.LendTerms, int64(c.ID))
	return err
}
