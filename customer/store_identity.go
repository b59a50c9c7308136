package customer

import (
	"context"
	"errors"

	"openlend/internal/db"
)

var insertIdentity = &db.Insert{
	Table: "customer_identity",
	Columns: []string{"customer_id", "name", "birth_on", "national_id", "phone", "email", "address",
		"national_id_index", "phone_index", "email_index"},
}

const (
	selectIdentity = `SELECT customer_id, name, birth_on, national_id, phone, email, address
		FROM customer_identity WHERE customer_id = $1`

	selectByNationalID = `SELECT customer_id FROM customer_identity WHERE national_id_index = $1`

	selectByPhone = `SELECT customer_id FROM customer_identity WHERE phone_index = $1
		ORDER BY customer_id LIMIT 200`

	selectByEmail = `SELECT customer_id FROM customer_identity WHERE email_index = $1
		ORDER BY customer_id LIMIT 200`

	selectNewestNationalIDs = `SELECT i.customer_id, c.country, i.national_id, i.national_id_index
		FROM customer_identity i JOIN customer c ON c.id = i.customer_id
		ORDER BY i.customer_id DESC LIMIT 200`

	updateContact = `UPDATE customer_identity SET phone = $1, email = $2, address = $3,
		phone_index = $4, email_index = $5 WHERE customer_id = $6`
)

func storeNew(ctx context.Context, tx *db.Tx, c *Customer, s *sealedIdentity) error {
	err := tx.InsertMany(ctx, insertCustomer, 1, func(_ int, r *db.Row) { fillCustomer(c, r) })
	if err != nil {
		return err
	}
	tx.Own(lockCustomer, int64(c.ID))
	return tx.InsertMany(ctx, insertIdentity, 1, func(_ int, r *db.Row) {
		r.Int(int64(s.customer))
		for _, column := range [][]byte{s.name, s.birthOn, s.nationalID, s.phone, s.email,
			s.address, s.nationalIDIndex, s.phoneIndex, s.emailIndex} {
			r.Bytes(column)
		}
	})
}

func loadIdentity(ctx context.Context, tx *db.Tx, customer ID) (sealedIdentity, error) {
	found, err := db.One(ctx, tx, func(r db.Scanner) (s sealedIdentity, err error) {
		err = r.Scan((*int64)(&s.customer), &s.name, &s.birthOn, &s.nationalID,
			&s.phone, &s.email, &s.address)
		return s, err
	}, selectIdentity, int64(customer))
	if errors.Is(err, db.ErrNotFound) {
		return found, ErrNotFound
	}
	return found, err
}

// idsByIndex runs one of the searches by blind index.
func idsByIndex(ctx context.Context, tx *db.Tx, query string, index []byte) ([]ID, error) {
	return db.Many(ctx, tx, scanID, query, index)
}

func scanID(s db.Scanner) (i ID, err error) {
	err = s.Scan((*int64)(&i))
	return i, err
}

func storeContact(ctx context.Context, tx *db.Tx, s *sealedIdentity) error {
	_, err := tx.Exec(ctx, updateContact, s.phone, s.email, s.address, s.phoneIndex,
		s.emailIndex, int64(s.customer))
	return err
}

// sealedNationalID is a national id with what its blind index is made of.
type sealedNationalID struct {
	customer      ID
	country       string
	sealed, index []byte
}

func scanSealedNationalID(s db.Scanner) (n sealedNationalID, err error) {
	err = s.Scan((*int64)(&n.customer), &n.country, &n.sealed, &n.index)
	return n, err
}
