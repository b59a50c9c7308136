package crypt

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// keyFile is the key-encryption key: a Tink keyset in JSON. Its primary key
// wraps; older ones in it still unwrap, until they are dropped.
type keyFile struct {
	handle  *keyset.Handle
	aead    tink.AEAD
	primary int64
}

// readKeyFile reads the file, which only its owner may read. What is wrong
// with it is told, what is in it never. Refusal: ErrKeyFile.
func readKeyFile(path string) (*keyFile, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, ErrKeyFile.With("%v", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, ErrKeyFile.With("others may read or write %s: set its mode to 0600", path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, ErrKeyFile.With("%v", err)
	}
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(text)))
	if err != nil {
		return nil, ErrKeyFile.With("%s does not hold a keyset", path)
	}
	k := &keyFile{handle: handle}
	if k.aead, err = aead.New(handle); err != nil {
		return nil, ErrKeyFile.With("%s holds a keyset of another kind", path)
	}
	primary, err := handle.Primary()
	if err != nil {
		return nil, ErrKeyFile.With("%s has no primary key", path)
	}
	k.primary = int64(primary.KeyID())
	return k, nil
}

// makeKeyFile makes a key and its file unless there is one. Of two processes
// that make one at once, both use the first.
func makeKeyFile(path string) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return ErrKeyFile.With("%v", err)
	}
	temporary, err := writeBeside(path, handle)
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temporary) }() // its other name stays
	if err := os.Link(temporary, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return ErrKeyFile.With("%v", err)
	}
	return syncDir(path)
}

// replaceKeyFile puts another keyset in the file's place: the old or the new
// one is there, whole, whatever happens.
func replaceKeyFile(path string, handle *keyset.Handle) error {
	temporary, err := writeBeside(path, handle)
	if err != nil {
		return err
	}
	if err := os.Rename(temporary, path); err != nil {
		return ErrKeyFile.With("%v", err)
	}
	return syncDir(path)
}

// writeBeside writes a keyset to a new file in path's directory, for its owner
// only, and returns its name.
func writeBeside(path string, handle *keyset.Handle) (string, error) {
	var text bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&text)); err != nil {
		return "", err
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".new-key-*") // mode 0600
	if err != nil {
		return "", ErrKeyFile.With("%v", err)
	}
	_, err = file.Write(text.Bytes())
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return "", ErrKeyFile.With("%v", errors.Join(err, os.Remove(file.Name())))
	}
	return file.Name(), nil
}

// syncDir makes a new name in path's directory survive a crash.
func syncDir(path string) error {
	dir, err := os.Open(filepath.Dir(path))
	if err == nil {
		err = errors.Join(dir.Sync(), dir.Close())
	}
	if err != nil {
		return ErrKeyFile.With("%v", err)
	}
	return nil
}

// reload reads the key file as it is now: it may have been given a new key.
func (v *Vault) reload() error {
	read, err := readKeyFile(v.path)
	if err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.kek = read
	return nil
}

func (v *Vault) current() *keyFile {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.kek
}

// wrap encrypts a keyset under the file's primary key, read anew: a key that
// has been dropped from the file must not wrap anything any more.
func (v *Vault) wrap(handle *keyset.Handle, name string) (stored, error) {
	if err := v.reload(); err != nil {
		return stored{}, err
	}
	kek := v.current()
	var text bytes.Buffer
	err := handle.WriteWithAssociatedData(keyset.NewBinaryWriter(&text), kek.aead, []byte(name))
	return stored{kek: kek.primary, wrapped: text.Bytes()}, err
}

// unwrap decrypts a keyset; when the key in memory does not, the file may hold
// a newer one. Refusals: ErrWrongKey, ErrKeyFile.
func (v *Vault) unwrap(wrapped []byte, name string) (*keyset.Handle, error) {
	handle, err := v.current().unwrap(wrapped, name)
	if err == nil {
		return handle, nil
	}
	if err := v.reload(); err != nil {
		return nil, err
	}
	if handle, err = v.current().unwrap(wrapped, name); err != nil {
		return nil, ErrWrongKey
	}
	return handle, nil
}

func (k *keyFile) unwrap(wrapped []byte, name string) (*keyset.Handle, error) {
	return keyset.ReadWithAssociatedData(
		keyset.NewBinaryReader(bytes.NewReader(wrapped)), k.aead, []byte(name))
}
