// Package crypt keeps a data key for every subject in a vault, a database apart
// from the platform's, and seals values under it. What a subject is, it does not
// know.
//
// Invariants: a key leaves the vault's database only wrapped, and this process
// never; a sealed value opens for the subject and column it was sealed for and
// nothing else; there is no way to store a value in plain when keys are missing;
// a subject that was forgotten never gets a second key, and nothing sealed for
// it opens again.
package crypt

import (
	"context"
	"strconv"
	"sync"

	"github.com/tink-crypto/tink-go/v2/prf"

	"openlend/internal/clock"
	"openlend/internal/db"
)

// Options say where the vault is. URL and KeyFile are required.
type Options struct {
	URL     string // the vault's own database: "sqlite:PATH" or "postgres://…"
	KeyFile string // holds the key-encryption key; for its owner only (0600)
	// Create makes what a new vault needs: the key file, the index key and, on
	// SQLite, the tables. It never makes a second key file for a vault in use.
	Create      bool
	RefuseOwner bool        // PostgreSQL: as in db.Options
	Clock       clock.Clock // nil: the machine's
}

// Vault seals and opens values. It is safe for concurrent use, and may be asked
// while a transaction of another database is open.
type Vault struct {
	db    *db.DB
	clock clock.Clock
	path  string // of the key file
	index *prf.Set
	keys  *cache

	mu  sync.Mutex
	kek *keyFile
}

// indexSize is the length of a blind index: two values of 2^40 share one with a
// probability of 2^-49.
const indexSize = 16

// Open opens the vault. Without its key file it refuses to. Refusals:
// ErrKeyFile, ErrWrongKey, ErrEmpty, those of db.Open and db.CheckSchema.
func Open(ctx context.Context, o Options) (*Vault, error) {
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	engine, err := db.EngineOf(o.URL)
	if err != nil {
		return nil, err
	}
	if o.Create && engine == db.SQLite { // on PostgreSQL the owner's role migrates
		if _, err := Migrate(ctx, o.URL, ""); err != nil {
			return nil, err
		}
	}
	d, err := db.Open(ctx, db.Options{URL: o.URL, Clock: o.Clock, RefuseOwner: o.RefuseOwner})
	if err != nil {
		return nil, err
	}
	v := &Vault{db: d, clock: o.Clock, path: o.KeyFile, keys: newCache()}
	if err := v.start(ctx, o.Create); err != nil {
		_ = d.Close() // the refusal is the news
		return nil, err
	}
	return v, nil
}

// start loads the key-encryption key and the index key, or makes them for a
// vault that has neither.
func (v *Vault) start(ctx context.Context, create bool) error {
	migrations, err := Files()
	if err != nil {
		return err
	}
	if err := db.CheckSchema(ctx, v.db, migrations); err != nil {
		return err
	}
	stored, err := v.loadIndex(ctx)
	if err != nil {
		return err
	}
	isNew := stored == nil
	if isNew && !create {
		return ErrEmpty
	}
	if isNew {
		if err := makeKeyFile(v.path); err != nil {
			return err
		}
	}
	if err := v.reload(); err != nil {
		return err
	}
	if isNew {
		if stored, err = v.makeIndex(ctx); err != nil {
			return err
		}
	}
	return v.openIndex(stored)
}

// Close closes the vault's database.
func (v *Vault) Close() error { return v.db.Close() }

// Seal encrypts a value so that it opens for this subject and column only. The
// subject's first value makes its key. Refusal: ErrForgotten.
func (v *Vault) Seal(
	ctx context.Context, subject int64, column string, plain []byte,
) ([]byte, error) {
	key, err := v.keyOf(ctx, subject, true)
	if err != nil {
		return nil, err
	}
	return key.Encrypt(plain, boundTo(subject, column))
}

// Open decrypts what Seal made. Refusals: ErrSealed (changed, or of another
// subject or column), ErrForgotten, ErrNoKey.
func (v *Vault) Open(
	ctx context.Context, subject int64, column string, sealed []byte,
) ([]byte, error) {
	key, err := v.keyOf(ctx, subject, false)
	if err != nil {
		return nil, err
	}
	plain, err := key.Decrypt(sealed, boundTo(subject, column))
	if err != nil {
		return nil, ErrSealed
	}
	return plain, nil
}

// boundTo is the associated data of a value; digits never hold the "/", so two
// pairs never meet.
func boundTo(subject int64, column string) []byte {
	return []byte(strconv.FormatInt(subject, 10) + "/" + column)
}

// Index is the blind index of a value: equal values of one column have equal
// indexes, and without the vault nobody can tell which. The caller normalises.
func (v *Vault) Index(column, normalised string) []byte {
	sum, err := v.index.ComputePrimaryPRF([]byte(column+"\x00"+normalised), indexSize)
	if err != nil {
		panic("crypt: an index key that worked at Open does not: " + err.Error())
	}
	return sum
}

// Forget destroys a subject's key: what was sealed for it is lost for ever, in
// every copy of the platform's database. Another process may still hold the key
// for keptFor. To forget twice is no error.
func (v *Vault) Forget(ctx context.Context, subject int64) error {
	_, err := db.Write(ctx, v.db, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
		return struct{}{}, forget(ctx, tx, subject)
	})
	v.keys.drop(subject)
	return err
}
