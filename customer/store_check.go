package customer

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"openlend/calendar"
	"openlend/internal/crypt"
	"openlend/internal/db"
)

const (
	checkColumns = `SELECT id, customer_id, state, document, provider, reasons, maker, submitted_at,
		COALESCE(found_at, 0), COALESCE(decided_at, 0) FROM customer_check `

	selectCheck = checkColumns + `WHERE id = $1`

	selectCheckPage = checkColumns + `WHERE (customer_id = $1 OR $1 = 0)
		AND (state = $2 OR $2 = '') AND id < $3 ORDER BY id DESC LIMIT $4`

	selectPendingChecks = `SELECT id FROM customer_check WHERE state = 'pending' AND id > $1
		ORDER BY id LIMIT $2`

	countOpenChecks = `SELECT COUNT(*) FROM customer_check
		WHERE customer_id = $1 AND (state = 'pending' OR state = 'referred')`

	insertCheck = `INSERT INTO customer_check (id, customer_id, state, document, provider, reasons,
		maker, submitted_at) VALUES ($1, $2, $3, $4, '', '', $5, $6)`

	updateFound = `UPDATE customer_check SET state = $1, provider = $2, reasons = $3, found_at = $4
		WHERE id = $5`

	updateDecided = `UPDATE customer_check SET state = $1, reasons = $2, checker = $3,
		decided_at = $4 WHERE id = $5`
)

// sealedCheck is a row of customer_check.
type sealedCheck struct {
	Check

	document []byte
}

// column is what the document is bound to: this very row.
func (s *sealedCheck) column() string { return columnDocument + "/" + s.ID.String() }

// storedDocument is a Document as it is sealed.
type storedDocument struct {
	Kind      DocumentKind  `json:"kind"`
	Number    string        `json:"number"`
	Name      string        `json:"name"`
	BirthOn   calendar.Date `json:"birth_on"`
	Issuer    string        `json:"issuer"`
	IssuedOn  calendar.Date `json:"issued_on"`
	ExpiresOn calendar.Date `json:"expires_on"`
}

func (s *sealedCheck) seal(ctx context.Context, vault *crypt.Vault, d Document) error {
	text, err := json.Marshal(storedDocument{d.Kind, d.Number, d.Name, d.BirthOn, d.Issuer,
		d.IssuedOn, d.ExpiresOn})
	if err != nil {
		return err
	}
	s.document, err = vault.Seal(ctx, int64(s.Customer), s.column(), text)
	return err
}

func (s *sealedCheck) open(ctx context.Context, vault *crypt.Vault) (Document, error) {
	text, err := vault.Open(ctx, int64(s.Customer), s.column(), s.document)
	if err != nil {
		return Document{}, err
	}
	var d storedDocument
	err = json.Unmarshal(text, &d)
	return Document{Kind: d.Kind, Number: d.Number, Name: d.Name, BirthOn: d.BirthOn,
		Issuer: d.Issuer, IssuedOn: d.IssuedOn, ExpiresOn: d.ExpiresOn}, err
}

func scanCheck(r db.Scanner) (s sealedCheck, err error) {
	var submitted, found, decided int64
	var reasons string
	err = r.Scan((*int64)(&s.ID), (*int64)(&s.Customer), (*string)(&s.State), &s.document,
		&s.Provider, &reasons, &s.maker, &submitted, &found, &decided)
	s.SubmittedAt, s.FoundAt, s.DecidedAt = instant(submitted), instant(found), instant(decided)
	for reason := range strings.FieldsSeq(reasons) {
		s.Reasons = append(s.Reasons, Reason(reason))
	}
	return s, err
}

// joined is how reasons are stored: codes with spaces between them.
func joined(reasons []Reason) string {
	texts := make([]string, len(reasons))
	for i, reason := range reasons {
		texts[i] = string(reason)
	}
	return strings.Join(texts, " ")
}

func loadCheck(ctx context.Context, tx *db.Tx, check CheckID) (sealedCheck, error) {
	row, err := db.One(ctx, tx, scanCheck, selectCheck, int64(check))
	if errors.Is(err, db.ErrNotFound) {
		return row, ErrNoCheck
	}
	return row, err
}

func pendingChecks(
	ctx context.Context, tx *db.Tx, after CheckID, limit int,
) ([]CheckID, error) {
	return db.Many(ctx, tx, func(s db.Scanner) (c CheckID, err error) {
		err = s.Scan((*int64)(&c))
		return c, err
	}, selectPendingChecks, int64(after), limit)
}

func hasOpenCheck(ctx context.Context, tx *db.Tx, customer ID) (bool, error) {
	n, err := db.Value[int64](ctx, tx, countOpenChecks, int64(customer))
	return n > 0, err
}

func storeNewCheck(ctx context.Context, tx *db.Tx, s *sealedCheck) error {
	_, err := tx.Exec(ctx, insertCheck, int64(s.ID), int64(s.Customer), string(s.State),
		s.document, s.maker, s.SubmittedAt.UnixMicro())
	return err
}

func storeFound(ctx context.Context, tx *db.Tx, c *Check) error {
	_, err := tx.Exec(ctx, updateFound, string(c.State), c.Provider, joined(c.Reasons),
		c.FoundAt.UnixMicro(), int64(c.ID))
	return err
}

func storeDecided(ctx context.Context, tx *db.Tx, c *Check, checker string) error {
	_, err := tx.Exec(ctx, updateDecided, string(c.State), joined(c.Reasons), checker,
		c.DecidedAt.UnixMicro(), int64(c.ID))
	return err
}
