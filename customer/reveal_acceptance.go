package customer

import (
	"context"
	"errors"
	"net/netip"

	"openlend/access"
	"openlend/internal/crypt"
	"openlend/internal/db"
	"openlend/internal/id"
)

// RevealAcceptance shows from which network address a customer accepted terms, the
// zero Addr when none was known: the part of the evidence that is personal data. It
// is recorded as Reveal is.
//
// Refusals: ErrNotFound (also what is another's), ErrNoTerms (he has not accepted
// them), access.ErrForbidden, ErrPurpose, crypt.ErrForgotten.
func RevealAcceptance(
	ctx context.Context, tx *db.Tx, ids *id.Source, vault *crypt.Vault, actor access.Actor,
	customer ID, terms TermsID, purpose Purpose,
) (netip.Addr, error) {
	return disclose(ctx, tx, ids, disclosure{actor, customer, purpose},
		func() (netip.Addr, error) {
			sealed, err := loadAcceptanceAddress(ctx, tx, customer, terms)
			switch {
			case errors.Is(err, db.ErrNotFound):
				return netip.Addr{}, ErrNoTerms
			case err != nil || sealed == nil:
				return netip.Addr{}, err
			}
			plain, err := vault.Open(ctx, int64(customer), acceptanceColumn(terms), sealed)
			if err != nil {
				return netip.Addr{}, err
			}
			return netip.ParseAddr(string(plain))
		})
}

// acceptanceColumn is what the address is bound to: this very acceptance.
func acceptanceColumn(terms TermsID) string { return columnAcceptance + "/" + terms.String() }
