package origination

import (
	"context"
	"errors"

	"openlend/calendar"
	"openlend/internal/db"
)

const (
	selectVersionColumns = `SELECT p.code, p.version, p.body, p.hash, p.maker, p.proposed_at,
		COALESCE(v.verdict, 'proposed'), COALESCE(v.checker, ''), COALESCE(v.decided_at, 0)
		FROM origination_product p LEFT JOIN origination_product_verdict v
			ON v.code = p.code AND v.version = p.version `

	selectVersion = selectVersionColumns + `WHERE p.code = $1 AND p.version = $2`

	selectVersionsOfCode = selectVersionColumns +
		`WHERE p.code = $1 ORDER BY p.version DESC LIMIT $2`

	selectProposedVersions = selectVersionColumns +
		`WHERE v.code IS NULL ORDER BY p.proposed_at, p.code, p.version LIMIT $1`

	selectLastVersion = `SELECT COALESCE(MAX(version), 0) FROM origination_product
		WHERE code = $1`

	// The hash alone: the body is read only when this process has not seen it.
	selectApprovedHash = `SELECT p.hash FROM origination_product p
		JOIN origination_product_verdict v ON v.code = p.code AND v.version = p.version
		WHERE p.code = $1 AND p.version = $2 AND v.verdict = 'approved'`

	selectBody = `SELECT body FROM origination_product WHERE code = $1 AND version = $2`

	selectCurrentVersion = `SELECT p.version FROM origination_product p
		JOIN origination_product_verdict v ON v.code = p.code AND v.version = p.version
		WHERE p.code = $1 AND p.effective_on <= $2 AND v.verdict = 'approved'
		ORDER BY p.effective_on DESC, p.version DESC LIMIT 1`

	selectCodesInForce = `SELECT DISTINCT p.code FROM origination_product p
		JOIN origination_product_verdict v ON v.code = p.code AND v.version = p.version
		WHERE p.effective_on <= $1 AND v.verdict = 'approved' ORDER BY p.code`

	insertVersion = `INSERT INTO origination_product
		(code, version, effective_on, currency, body, hash, maker, proposed_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`

	insertVerdict = `INSERT INTO origination_product_verdict
		(code, version, verdict, maker, checker, decided_at)
		VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`
)

func scanVersion(s db.Scanner) (ProductVersion, error) {
	var v ProductVersion
	var code, body string
	var version, proposed, decided int64
	err := s.Scan(&code, &version, &body, &v.Hash, &v.Maker, &proposed,
		(*string)(&v.State), &v.Checker, &decided)
	if err != nil {
		return ProductVersion{}, err
	}
	v.ProposedAt = instant(proposed)
	if decided > 0 {
		v.DecidedAt = instant(decided)
	}
	v.Product, err = readBody(body, v.Hash)
	return v, err
}

func loadVersion(
	ctx context.Context, tx *db.Tx, code string, version int64,
) (ProductVersion, error) {
	v, err := db.One(ctx, tx, scanVersion, selectVersion, code, version)
	return found(v, err, ErrProductNotFound)
}

func lastVersion(ctx context.Context, tx *db.Tx, code string) (int64, error) {
	return db.Value[int64](ctx, tx, selectLastVersion, code)
}

func approvedHash(ctx context.Context, tx *db.Tx, code string, version int64) (string, error) {
	hash, err := db.Value[string](ctx, tx, selectApprovedHash, code, version)
	return found(hash, err, ErrProductNotFound)
}

func loadBody(ctx context.Context, tx *db.Tx, code string, version int64) (string, error) {
	return db.Value[string](ctx, tx, selectBody, code, version)
}

// versionInForce is the version on a date, 0 when there is none.
func versionInForce(
	ctx context.Context, tx *db.Tx, code string, on calendar.Date,
) (int64, error) {
	version, err := db.Value[int64](ctx, tx, selectCurrentVersion, code, on.String())
	if errors.Is(err, db.ErrNotFound) {
		return 0, nil
	}
	return version, err
}

// storeVersion stores a proposed version; false when its number is taken.
func storeVersion(
	ctx context.Context, tx *db.Tx, p *Product, body, hash, maker string,
) (bool, error) {
	n, err := tx.Exec(ctx, insertVersion, p.Code, p.Version, p.EffectiveOn.String(),
		string(p.Currency), body, hash, maker, micros(tx.Now()))
	return n == 1, err
}

// storeVerdict stores what the second person says; false when somebody has
// decided already.
func storeVerdict(
	ctx context.Context, tx *db.Tx, v *ProductVersion, verdict ProductState, checker string,
) (bool, error) {
	n, err := tx.Exec(ctx, insertVerdict, v.Product.Code, v.Product.Version, string(verdict),
		v.Maker, checker, micros(tx.Now()))
	return n == 1, err
}
