package crypt

import (
	"context"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"openlend/internal/db"
)

// The key-encryption key is exchanged in three steps, each of which can be
// repeated: AddKey puts a new one into the file (and the operator brings the
// file to every machine), Rewrap wraps everything under it, DropOldKeys takes
// the old ones out of the file. From then on no older copy of the vault opens.

// AddKey adds a new key-encryption key to the file, which wraps from now on.
// Vaults that are open notice by themselves. Refusal: ErrKeyFile.
func AddKey(path string) error {
	file, err := readKeyFile(path)
	if err != nil {
		return err
	}
	keys := keyset.NewManagerFromHandle(file.handle)
	added, err := keys.Add(aead.AES256GCMKeyTemplate())
	if err != nil {
		return err
	}
	if err := keys.SetPrimary(added); err != nil {
		return err
	}
	handle, err := keys.Handle()
	if err != nil {
		return err
	}
	return replaceKeyFile(path, handle)
}

// rewrapPage is how many keys one transaction wraps anew.
const rewrapPage = 200

// Rewrap wraps every key of the vault that is not wrapped under the file's
// primary key, and returns how many it has changed. What was sealed stays as it
// is. Refusals: ErrKeyFile, ErrWrongKey.
func (v *Vault) Rewrap(ctx context.Context) (int, error) {
	if err := v.reload(); err != nil {
		return 0, err
	}
	changed, err := db.Write(ctx, v.db, v.rewrapIndex)
	for more := true; more && err == nil; {
		var n int
		n, err = db.Write(ctx, v.db, v.rewrapPage)
		changed += n
		more = n > 0
	}
	return changed, err
}

func (v *Vault) rewrapPage(ctx context.Context, tx *db.Tx) (int, error) {
	found, err := underOthers(ctx, tx, v.current().primary, rewrapPage)
	if err != nil {
		return 0, err
	}
	for i, k := range found {
		anew, err := v.rewrap(k, nameOf(k.subject))
		if err != nil {
			return 0, err
		}
		anew.subject = k.subject
		found[i] = anew
	}
	return len(found), storeWrapping(ctx, tx, found)
}

func (v *Vault) rewrapIndex(ctx context.Context, tx *db.Tx) (int, error) {
	k, err := loadIndexKey(ctx, tx)
	if err != nil || k == nil || k.kek == v.current().primary {
		return 0, err
	}
	anew, err := v.rewrap(*k, indexName)
	if err != nil {
		return 0, err
	}
	return 1, storeIndexKey(ctx, tx, anew)
}

func (v *Vault) rewrap(k stored, name string) (stored, error) {
	handle, err := v.unwrap(k.wrapped, name)
	if err != nil {
		return stored{}, err
	}
	return v.wrap(handle, name)
}

// DropOldKeys takes all but the primary key out of the file. Bring the file to
// every machine after it. Refusals: ErrOldKeys while anything in the vault is
// wrapped under another, ErrKeyFile.
func (v *Vault) DropOldKeys(ctx context.Context) error {
	if err := v.reload(); err != nil {
		return err
	}
	file := v.current()
	left, err := db.Read(ctx, v.db, func(ctx context.Context, tx *db.Tx) (int64, error) {
		return countUnderOthers(ctx, tx, file.primary)
	})
	if err != nil {
		return err
	}
	if left > 0 {
		return ErrOldKeys.With("%d keys are still wrapped under an older key", left)
	}
	keys := keyset.NewManagerFromHandle(file.handle)
	for _, k := range file.handle.KeysetInfo().GetKeyInfo() {
		if int64(k.GetKeyId()) != file.primary {
			if err := keys.Delete(k.GetKeyId()); err != nil {
				return err
			}
		}
	}
	handle, err := keys.Handle()
	if err != nil {
		return err
	}
	return replaceKeyFile(v.path, handle)
}
