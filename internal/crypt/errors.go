package crypt

import "openlend/refusal"

// What the vault refuses.
var (
	ErrKeyFile = refusal.New("crypt.key_file",
		"the file of the key-encryption key is missing or not as it must be")
	ErrWrongKey = refusal.New("crypt.wrong_key",
		"this key file does not belong to this vault")
	ErrEmpty = refusal.New("crypt.empty",
		"the vault has not been set up; it is made only when asked for")
	ErrSealed = refusal.New("crypt.sealed",
		"this is not what was sealed for that subject and column")
	ErrNoKey     = refusal.New("crypt.no_key", "nothing was ever sealed for this subject")
	ErrForgotten = refusal.New("crypt.forgotten",
		"the subject was forgotten: what was sealed for it can never be read again")
	ErrOldKeys = refusal.New("crypt.old_keys",
		"keys are still wrapped under an older key-encryption key; wrap them anew first")
)
