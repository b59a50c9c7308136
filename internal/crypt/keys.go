package crypt

import (
	"container/list"
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/prf"
	"github.com/tink-crypto/tink-go/v2/tink"

	"openlend/internal/db"
)

const indexName = "index" // what the wrapped index key is bound to

// nameOf is what a subject's wrapped key is bound to: it unwraps in no other
// subject's row.
func nameOf(subject int64) string { return "key/" + strconv.FormatInt(subject, 10) }

// keyOf is the subject's key, made when there is none and make is set.
func (v *Vault) keyOf(ctx context.Context, subject int64, create bool) (tink.AEAD, error) {
	if key := v.keys.get(subject, v.clock.Now()); key != nil {
		return key, nil
	}
	found, err := v.load(ctx, subject)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 && create {
		if found, err = v.make(ctx, subject); err != nil {
			return nil, err
		}
	}
	if len(found) == 0 {
		return nil, ErrNoKey
	}
	return v.unlock(found[0])
}

// unlock unwraps a stored key and keeps it for a while.
func (v *Vault) unlock(s stored) (tink.AEAD, error) {
	if s.forgotten {
		return nil, ErrForgotten
	}
	handle, err := v.unwrap(s.wrapped, nameOf(s.subject))
	if err != nil {
		return nil, err
	}
	key, err := aead.New(handle)
	if err != nil {
		return nil, err
	}
	v.keys.put(s.subject, key, v.clock.Now())
	return key, nil
}

// make makes the key of a subject without one and returns what is then stored:
// another process may have been quicker.
func (v *Vault) make(ctx context.Context, subject int64) ([]stored, error) {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, err
	}
	row, err := v.wrap(handle, nameOf(subject))
	if err != nil {
		return nil, err
	}
	row.subject = subject
	return db.Write(ctx, v.db, func(ctx context.Context, tx *db.Tx) ([]stored, error) {
		if err := insertKey(ctx, tx, row); err != nil {
			return nil, err
		}
		return loadKeys(ctx, tx, []int64{subject})
	})
}

func (v *Vault) load(ctx context.Context, subject int64) ([]stored, error) {
	return db.Read(ctx, v.db, func(ctx context.Context, tx *db.Tx) ([]stored, error) {
		return loadKeys(ctx, tx, []int64{subject})
	})
}

// loadIndex is the stored index key, nil when the vault is new.
func (v *Vault) loadIndex(ctx context.Context) (*stored, error) {
	return db.Read(ctx, v.db, loadIndexKey)
}

func (v *Vault) makeIndex(ctx context.Context) (*stored, error) {
	handle, err := keyset.NewHandle(prf.HMACSHA256PRFKeyTemplate())
	if err != nil {
		return nil, err
	}
	row, err := v.wrap(handle, indexName)
	if err != nil {
		return nil, err
	}
	return db.Write(ctx, v.db, func(ctx context.Context, tx *db.Tx) (*stored, error) {
		if err := insertIndexKey(ctx, tx, row); err != nil {
			return nil, err
		}
		return loadIndexKey(ctx, tx)
	})
}

// openIndex also tries the key, so that Index cannot fail later.
func (v *Vault) openIndex(s *stored) error {
	handle, err := v.unwrap(s.wrapped, indexName)
	if err != nil {
		return err
	}
	if v.index, err = prf.NewPRFSet(handle); err != nil {
		return err
	}
	_, err = v.index.ComputePrimaryPRF(nil, indexSize)
	return err
}

// The cache holds few keys and for a short time: enough for the fields of one
// command, or of one page of a list, to need one look at the vault.
const (
	cacheSize = 1024
	keptFor   = 5 * time.Minute
)

// cache is the keys used last. A nil answer means: look into the vault.
type cache struct {
	mu    sync.Mutex
	keys  map[int64]*list.Element
	order *list.List // of cached, the one used last in front
}

type cached struct {
	subject int64
	key     tink.AEAD
	until   time.Time
}

func newCache() *cache { return &cache{keys: map[int64]*list.Element{}, order: list.New()} }

func (c *cache) get(subject int64, now time.Time) tink.AEAD {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.keys[subject]
	if !ok {
		return nil
	}
	found, _ := e.Value.(cached)
	if !now.Before(found.until) {
		c.remove(e)
		return nil
	}
	c.order.MoveToFront(e)
	return found.key
}

func (c *cache) put(subject int64, key tink.AEAD, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.keys[subject]; ok {
		c.remove(e)
	}
	c.keys[subject] = c.order.PushFront(cached{subject, key, now.Add(keptFor)})
	if c.order.Len() > cacheSize {
		c.remove(c.order.Back())
	}
}

func (c *cache) drop(subject int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.keys[subject]; ok {
		c.remove(e)
	}
}

func (c *cache) remove(e *list.Element) {
	found, _ := c.order.Remove(e).(cached)
	delete(c.keys, found.subject)
}
