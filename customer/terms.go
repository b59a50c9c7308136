package customer

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"openlend/calendar"
	"openlend/internal/db"
	"openlend/internal/id"
)

// TermsID names one version of some terms in one language.
type TermsID int64

// String shows the id as it is shown outside: trm_….
func (t TermsID) String() string { return id.Format("trm", int64(t)) }

// ParseTermsID reads trm_…. Refusal: id.ErrMalformed.
func ParseTermsID(s string) (TermsID, error) {
	n, err := id.Parse("trm", s)
	return TermsID(n), err
}

// TermsKind is what terms are about.
type TermsKind string

// The kinds. Whoever borrows has accepted the newest version of TermsBorrow,
// whoever lends that of TermsLend, as soon as one has been published: from that
// moment all must accept anew before they start something new. What runs goes on
// by the terms it began under.
const (
	TermsBorrow  TermsKind = "borrow"
	TermsLend    TermsKind = "lend"
	TermsPrivacy TermsKind = "privacy" // kept as evidence, nothing waits for it
)

var termsKinds = []TermsKind{TermsBorrow, TermsLend, TermsPrivacy}

// Terms are one published version in one language. Versions count from 1; all
// languages of a version mean the same, so one of them is accepted. They never
// change.
type Terms struct {
	ID          TermsID
	Kind        TermsKind
	Version     int64
	Language    string // as in BCP 47: "en", "zh-CN"
	Body        []byte // the exact bytes; nil in lists
	SHA256      []byte // of Body
	PublishedOn calendar.Date
}

// GetTerms gets terms with their bytes, which are compared with their hash.
// Refusal: ErrNoTerms.
func GetTerms(ctx context.Context, tx *db.Tx, terms TermsID) (Terms, error) {
	t, err := loadTerms(ctx, tx, terms)
	if err != nil {
		return Terms{}, err
	}
	if sum := sha256.Sum256(t.Body); !bytes.Equal(sum[:], t.SHA256) {
		return Terms{}, fmt.Errorf("customer: the bytes of %s have changed", terms)
	}
	return t, nil
}

// NewestTerms lists the newest version of a kind in each of its languages,
// without bytes; nothing when none was published. Refusal: ErrTermsKind.
func NewestTerms(ctx context.Context, tx *db.Tx, kind TermsKind) ([]Terms, error) {
	if !slices.Contains(termsKinds, kind) {
		return nil, ErrTermsKind.In("kind")
	}
	return db.Many(ctx, tx, scanTerms, selectNewestTerms, string(kind))
}

// Acceptance is the evidence that a customer accepted terms: which bytes, when,
// and how. Where from is sealed with his other data.
type Acceptance struct {
	Customer   ID
	Terms      TermsID
	SHA256     []byte
	Channel    Channel
	Actor      string // principal: himself, or staff on his behalf
	AcceptedAt time.Time
}

// Channel is the way in which terms were accepted.
type Channel string

// The channels.
const (
	ChannelWeb   Channel = "web"
	ChannelApp   Channel = "app"
	ChannelAPI   Channel = "api"
	ChannelPaper Channel = "paper"
	ChannelPhone Channel = "phone"
)

var channels = []Channel{ChannelWeb, ChannelApp, ChannelAPI, ChannelPaper, ChannelPhone}

// NewAcceptance accepts terms. SHA256 is that of the bytes the customer was
// shown: what he did not see he cannot accept. Address is where he came from, the
// zero Addr when there is none.
type NewAcceptance struct {
	Customer ID
	Terms    TermsID
	SHA256   []byte
	Channel  Channel
	Address  netip.Addr
}

// ListAcceptances lists everything that a customer has accepted, oldest first.
func ListAcceptances(ctx context.Context, tx *db.Tx, customer ID) ([]Acceptance, error) {
	return db.Many(ctx, tx, scanAcceptance, selectAcceptances, int64(customer))
}
