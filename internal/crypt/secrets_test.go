package crypt

import (
	"testing"

	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
)

// secrets are the plain bytes of a subject's key, the index key and the
// key-encryption key.
func (v *Vault) secrets(t *testing.T, subject int64) map[string][]byte {
	t.Helper()
	rows, err := v.load(t.Context(), subject)
	if err != nil || len(rows) != 1 {
		t.Fatal(len(rows), err)
	}
	data, err := v.unwrap(rows[0].wrapped, nameOf(subject))
	if err != nil {
		t.Fatal(err)
	}
	row, err := v.loadIndex(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	index, err := v.unwrap(row.wrapped, indexName)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]byte{}
	for what, handle := range map[string]*keyset.Handle{
		"the subject's key": data, "the index key": index, "the key-encryption key": v.current().handle,
	} {
		keys := insecurecleartextkeyset.KeysetMaterial(handle).GetKey()
		material := keys[0].GetKeyData().GetValue()
		found[what] = material[len(material)-32:] // both kinds of key end with their bytes
	}
	return found
}
