package id

import "crypto/rand"

// Secret returns n bytes that nobody can guess: for keys and tokens.
func Secret(n int) []byte {
	secret := make([]byte, n)
	_, _ = rand.Read(secret) // never fails: it ends the program instead
	return secret
}
