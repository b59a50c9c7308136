package crypt

import (
	"context"
	"errors"
	"slices"

	"openlend/internal/db"
)

// stored is a wrapped key as it lies in the vault. subject is 0 for the index
// key.
type stored struct {
	subject   int64
	kek       int64 // the key-encryption key it is wrapped under
	wrapped   []byte
	forgotten bool
}

const (
	selectKeys = `SELECT subject, kek, wrapped, forgotten_at IS NOT NULL FROM crypt_key
		WHERE subject IN (:ids) ORDER BY subject`

	insertNewKey = `INSERT INTO crypt_key (subject, kek, wrapped, made_at)
		VALUES ($1, $2, $3, $4) ON CONFLICT (subject) DO NOTHING`

	// What was wrapped is overwritten in place, not only let go of.
	forgetKey = `UPDATE crypt_key SET wrapped = $1, forgotten_at = $2
		WHERE subject = $3 AND forgotten_at IS NULL`

	insertForgotten = `INSERT INTO crypt_key (subject, kek, wrapped, made_at, forgotten_at)
		VALUES ($1, 0, $2, $3, $3) ON CONFLICT (subject) DO NOTHING`

	selectUnderOthers = `SELECT subject FROM crypt_key
		WHERE kek <> $1 AND forgotten_at IS NULL ORDER BY subject LIMIT $2`

	selectIndex = `SELECT kek, wrapped FROM crypt_index WHERE id = 1`

	insertIndex = `INSERT INTO crypt_index (id, kek, wrapped, made_at) VALUES (1, $1, $2, $3)
		ON CONFLICT (id) DO NOTHING`

	updateIndex = `UPDATE crypt_index SET kek = $1, wrapped = $2 WHERE id = 1`

	selectCountUnderOthers = `SELECT (SELECT COUNT(*) FROM crypt_key
			WHERE kek <> $1 AND forgotten_at IS NULL)
		+ (SELECT COUNT(*) FROM crypt_index WHERE kek <> $1)`
)

var updateKey = &db.Update{
	Table: "crypt_key", Keys: []string{"subject"}, Set: []string{"kek", "wrapped"},
}

// A key is locked before it is wrapped anew or forgotten: neither may undo the
// other.
var lockKey = db.LockClass{Rank: 10, Table: "crypt_key", Key: "subject"}

func scanKey(s db.Scanner) (k stored, err error) {
	err = s.Scan(&k.subject, &k.kek, &k.wrapped, &k.forgotten)
	return k, err
}

func insertKey(ctx context.Context, tx *db.Tx, k stored) error {
	_, err := tx.Exec(ctx, insertNewKey, k.subject, k.kek, k.wrapped, tx.Now().UnixMicro())
	return err
}

func loadKeys(ctx context.Context, tx *db.Tx, subjects []int64) ([]stored, error) {
	return db.ManyByID(ctx, tx, scanKey, selectKeys, subjects)
}

// forget overwrites the subject's key, and keeps the place of one that was never
// made.
func forget(ctx context.Context, tx *db.Tx, subject int64) error {
	now := tx.Now().UnixMicro()
	if _, err := tx.Exec(ctx, insertForgotten, subject, []byte{0}, now); err != nil {
		return err
	}
	if err := tx.Lock(ctx, lockKey, subject); err != nil {
		return err
	}
	found, err := loadKeys(ctx, tx, []int64{subject})
	if err != nil || len(found) == 0 || found[0].forgotten {
		return err
	}
	_, err = tx.Exec(ctx, forgetKey, make([]byte, len(found[0].wrapped)), now, subject)
	return err
}

// underOthers finds keys that another key-encryption key wraps, and locks them.
func underOthers(ctx context.Context, tx *db.Tx, kek int64, limit int) ([]stored, error) {
	subjects, err := db.Values[int64](ctx, tx, selectUnderOthers, kek, limit)
	if err != nil {
		return nil, err
	}
	if err := tx.Lock(ctx, lockKey, subjects...); err != nil {
		return nil, err
	}
	found, err := loadKeys(ctx, tx, subjects)
	return slices.DeleteFunc(found, func(k stored) bool { return k.forgotten }), err
}

func storeWrapping(ctx context.Context, tx *db.Tx, keys []stored) error {
	_, err := tx.UpdateMany(ctx, updateKey, len(keys), func(i int, r *db.Row) {
		r.Int(keys[i].subject)
		r.Int(keys[i].kek)
		r.Bytes(keys[i].wrapped)
	})
	return err
}

func loadIndexKey(ctx context.Context, tx *db.Tx) (*stored, error) {
	found, err := db.One(ctx, tx, func(s db.Scanner) (*stored, error) {
		var k stored
		err := s.Scan(&k.kek, &k.wrapped)
		return &k, err
	}, selectIndex)
	if errors.Is(err, db.ErrNotFound) {
		return nil, nil //nolint:nilnil // a new vault has none, and that is no error
	}
	return found, err
}

func insertIndexKey(ctx context.Context, tx *db.Tx, k stored) error {
	_, err := tx.Exec(ctx, insertIndex, k.kek, k.wrapped, tx.Now().UnixMicro())
	return err
}

func storeIndexKey(ctx context.Context, tx *db.Tx, k stored) error {
	_, err := tx.Exec(ctx, updateIndex, k.kek, k.wrapped)
	return err
}

// countUnderOthers counts what is wrapped under another key-encryption key than kek.
func countUnderOthers(ctx context.Context, tx *db.Tx, kek int64) (int64, error) {
	return db.Value[int64](ctx, tx, selectCountUnderOthers, kek)
}
