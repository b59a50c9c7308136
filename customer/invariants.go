package customer

import (
	"bytes"
	"context"
	"crypto/sha256"

	"openlend/internal/db"
	"openlend/ledger"
)

// Invariants are what must always be true of this room's rows. Uniqueness of
// national ids and of bank accounts, and four eyes, are constraints of the tables.
func Invariants() []ledger.Check {
	return []ledger.Check{
		{
			ID: "C01", Says: "every customer has an identity, and each field of it is sealed",
			Count: countCustomers, Bad: badIdentity,
		},
		{
			ID: "C02", Says: "a customer's status is where his recorded changes lead",
			Count: countCustomers, Bad: badStatus,
		},
		{
			ID: "C03", Says: "whoever is verified has a check that says so",
			Count: countCustomers, Bad: badVerified,
		},
		{
			ID: "C04", Says: "the terms a customer counts as having accepted are those of his newest acceptance",
			Count: countCustomers, Bad: badAccepted,
		},
		{
			ID: "C05", Says: "what was accepted are the bytes that were published",
			Count: countAcceptances, Bad: badAcceptance,
		},
		{
			ID: "C06", Says: "a bank account is verified only for a customer who is",
			Count: countBankAccounts, Bad: badBankAccount,
		},
		{
			ID: "C07", Says: "published terms have the bytes of their hash",
			Recompute: hashTerms,
		},
	}
}

// hashTerms compares the bytes of all terms with their hashes.
func hashTerms(
	ctx context.Context, tx *db.Tx, bad func(key, what string),
) (looked int64, err error) {
	err = db.Each(ctx, tx, func(s db.Scanner) error {
		t, err := scanTerms(s)
		if sum := sha256.Sum256(t.Body); err == nil && !bytes.Equal(sum[:], t.SHA256) {
			bad(t.ID.String(), "the bytes have changed")
		}
		looked++
		return err
	}, selectAllTerms)
	return looked, err
}
