package app

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"openlend/internal/id"
)

const secretBytes = 32

// makeSecret reads the secret in a file, and makes one when there is none: beside
// its place first and linked there, so that of two processes that make one at
// once both use the first. Refusal: ErrSecret.
func makeSecret(path string) ([]byte, error) {
	secret, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := writeSecret(path); err != nil {
			return nil, ErrSecret.With("%v", err)
		}
		secret, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, ErrSecret.With("%v", err)
	}
	return secret, nil
}

func writeSecret(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	temporary, err := os.CreateTemp(filepath.Dir(path), ".new-key-*") // for its owner only
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temporary.Name()) }() // its other name stays
	_, err = temporary.Write(id.Secret(secretBytes))
	if err = errors.Join(err, temporary.Sync(), temporary.Close()); err != nil {
		return err
	}
	if err := os.Link(temporary.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// readToken reads a token that somebody else has issued; "" has no file.
// Refusal: ErrSecret.
func readToken(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	token, err := os.ReadFile(path)
	if err != nil {
		return "", ErrSecret.With("%v", err)
	}
	return strings.TrimSpace(string(token)), nil
}
