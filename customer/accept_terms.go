package customer

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"openlend/access"
	"openlend/internal/crypt"
	"openlend/internal/db"
	"openlend/internal/id"
)

// AcceptTerms notes for ever that a customer has accepted terms, which bytes, when
// and how. Only the newest version can be accepted; to accept it twice is to have
// accepted it the first time.
//
// Refusals: ErrNotFound, access.ErrForbidden, ErrChannel, ErrNoTerms,
// ErrTermsBytes, ErrTermsOld.
func AcceptTerms(
	ctx context.Context, tx *db.Tx, ids *id.Source, vault *crypt.Vault, actor access.Actor,
	in NewAcceptance,
) (Acceptance, error) {
	if err := mayAct(actor, in.Customer, access.CustomerAct); err != nil {
		return Acceptance{}, err
	}
	if !slices.Contains(channels, in.Channel) {
		return Acceptance{}, ErrChannel.In("channel")
	}
	c, err := lock(ctx, tx, in.Customer)
	if err != nil {
		return Acceptance{}, err
	}
	before, err := loadAcceptance(ctx, tx, c.ID, in.Terms)
	if !errors.Is(err, db.ErrNotFound) {
		return before, err
	}
	t, err := newestByBytes(ctx, tx, in)
	if err != nil {
		return Acceptance{}, err
	}
	a := Acceptance{Customer: c.ID, Terms: t.ID, SHA256: t.SHA256, Channel: in.Channel,
		Actor: actor.Principal(), AcceptedAt: tx.Now()}
	var address []byte // NULL
	if in.Address.IsValid() {
		address, err = vault.Seal(ctx, int64(c.ID), acceptanceColumn(t.ID),
			[]byte(in.Address.String()))
		if err != nil {
			return Acceptance{}, err
		}
	}
	switch t.Kind {
	case TermsBorrow:
		c.BorrowTerms = t.Version
	case TermsLend:
		c.LendTerms = t.Version
	}
	if err := storeAcceptance(ctx, tx, &a, address, &c); err != nil {
		return Acceptance{}, err
	}
	return a, announce(ctx, tx, ids, TopicTermsAccepted, c.ID)
}

// newestByBytes finds the terms and compares them with what was shown. Refusals:
// ErrNoTerms, ErrTermsBytes, ErrTermsOld.
func newestByBytes(ctx context.Context, tx *db.Tx, in NewAcceptance) (Terms, error) {
	t, err := GetTerms(ctx, tx, in.Terms)
	if err != nil {
		return Terms{}, err
	}
	if !bytes.Equal(in.SHA256, t.SHA256) {
		return Terms{}, ErrTermsBytes.In("sha256")
	}
	newest, err := newestVersion(ctx, tx, t.Kind)
	if err == nil && t.Version != newest {
		return Terms{}, ErrTermsOld.In("terms")
	}
	return t, err
}
