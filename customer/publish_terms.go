package customer

import (
	"context"
	"crypto/sha256"
	"regexp"
	"slices"

	"openlend/access"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/ledger"
)

// NewTerms are terms to be published. Version is the one after the newest, or the
// newest in a language that it does not have yet.
type NewTerms struct {
	Kind     TermsKind
	Version  int64
	Language string
	Body     []byte // kept to the byte, at most 4 MiB
}

const mostTerms = 4 << 20

var language = regexp.MustCompile(`^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?$`)

// PublishTerms publishes terms as of the business date. A new version is asked of
// everybody from this moment on, without a row of theirs being touched.
//
// Refusals: access.ErrForbidden, ErrTermsKind, ErrTermsLanguage, ErrTermsBody,
// ErrTermsVersion.
func PublishTerms(
	ctx context.Context, tx *db.Tx, ids *id.Source, actor access.Actor, in NewTerms,
) (Terms, error) {
	if err := actor.Require(access.TermsPublish); err != nil {
		return Terms{}, err
	}
	switch {
	case !slices.Contains(termsKinds, in.Kind):
		return Terms{}, ErrTermsKind.In("kind")
	case !language.MatchString(in.Language):
		return Terms{}, ErrTermsLanguage.In("language")
	case len(in.Body) == 0 || len(in.Body) > mostTerms:
		return Terms{}, ErrTermsBody.In("body")
	}
	newest, err := NewestTerms(ctx, tx, in.Kind)
	if err != nil {
		return Terms{}, err
	}
	if !in.follows(newest) {
		return Terms{}, ErrTermsVersion.In("version")
	}
	dates, err := ledger.ReadDates(ctx, tx)
	if err != nil {
		return Terms{}, err
	}
	next, err := ids.Next()
	if err != nil {
		return Terms{}, err
	}
	sum := sha256.Sum256(in.Body)
	t := Terms{ID: TermsID(next), Kind: in.Kind, Version: in.Version, Language: in.Language,
		Body: in.Body, SHA256: sum[:], PublishedOn: dates.BusinessOn}
	err = storeTerms(ctx, tx, &t, actor.Principal())
	if db.IsDuplicate(err) {
		return Terms{}, db.Again("somebody published the same version")
	}
	if err != nil {
		return Terms{}, err
	}
	return t, announceAs(ctx, tx, ids, TopicTermsPublished, t.ID.String(),
		TermsEvent{Terms: t.ID.String()})
}

// follows says whether the terms come next after the newest ones.
func (in *NewTerms) follows(newest []Terms) bool {
	if len(newest) == 0 {
		return in.Version == 1
	}
	known := slices.ContainsFunc(newest, func(t Terms) bool { return t.Language == in.Language })
	return in.Version == newest[0].Version+1 || in.Version == newest[0].Version && !known
}
