package market

import (
	"context"
	"strings"
	"unicode/utf8"

	"openlend/access"
	"openlend/internal/db"
)

// Preparation is what the maker adds to an accepted offer: what lenders will
// read about it.
type Preparation struct {
	Listing     ListingID
	Title       string // one line
	Description string
}

// PrepareListing hands a draft, or a listing that came back, to a second person.
// Refusals: access.ErrForbidden, ErrTitle, ErrDescription, ErrNotFound,
// ErrInvalidState.
func PrepareListing(
	ctx context.Context, tx *db.Tx, actor access.Actor, in Preparation,
) (Listing, error) {
	if err := actor.Require(access.ListingPrepare); err != nil {
		return Listing{}, err
	}
	if err := in.check(); err != nil {
		return Listing{}, err
	}
	l, err := lockedListing(ctx, tx, in.Listing)
	if err != nil {
		return Listing{}, err
	}
	if err := l.step(InReview, tx.Now()); err != nil {
		return Listing{}, err
	}
	l.Title, l.Description = in.Title, in.Description
	l.Maker, l.Checker, l.Why = actor.Principal(), "", ""
	if err := storeText(ctx, tx, l); err != nil {
		return Listing{}, err
	}
	return *l, storeListings(ctx, tx, l)
}

func (in *Preparation) check() error {
	if !readable(in.Title, 120) || strings.ContainsRune(in.Title, '\n') {
		return ErrTitle
	}
	if !readable(in.Description, 4000) {
		return ErrDescription
	}
	return nil
}

// checkWhy wants a reason that a person can read.
func checkWhy(why string) error {
	if !readable(why, 1000) {
		return ErrWhy
	}
	return nil
}

// readable says whether a text says something, in so many characters at most,
// and without any that a screen does not show.
func readable(text string, most int) bool {
	hidden := func(r rune) bool { return r < ' ' && r != '\n' || r == 0x7f }
	return strings.TrimSpace(text) != "" && utf8.ValidString(text) &&
		utf8.RuneCountInString(text) <= most && !strings.ContainsFunc(text, hidden)
}
