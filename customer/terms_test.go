package customer

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/netip"
	"testing"

	"openlend/access"
	"openlend/internal/db"
)

func (o *office) publish(kind TermsKind, version int64, language, body string) Terms {
	o.Helper()
	return do(o, func(ctx context.Context, tx *db.Tx) (Terms, error) {
		return PublishTerms(ctx, tx, o.ids, compliance,
			NewTerms{kind, version, language, []byte(body)})
	})
}

func (o *office) accept(c Customer, t Terms) Acceptance {
	o.Helper()
	return do(o, func(ctx context.Context, tx *db.Tx) (Acceptance, error) {
		return AcceptTerms(ctx, tx, o.ids, o.vault, self(c), NewAcceptance{c.ID, t.ID, t.SHA256,
			ChannelWeb, netip.MustParseAddr("2001:db8::7")})
	})
}

// Whoever borrows or lends has accepted the newest version, as soon as there is
// one and again with every new one.
func TestTermsAreAskedForAnew(t *testing.T) {
	t.Parallel()
	each(t, func(o *office) {
		c := o.verified(o.anna())
		may := func(when string, borrow, lend error) {
			t.Helper()
			now := o.get(c.ID)
			if got := now.MayBorrow(); !errors.Is(got, borrow) {
				t.Errorf("%s: may borrow: %v", when, got)
			}
			if got := now.MayLend(); !errors.Is(got, lend) {
				t.Errorf("%s: may lend: %v", when, got)
			}
			if got := now.MayWithdraw(); got != nil {
				t.Errorf("%s: may withdraw: %v", when, got)
			}
			many := read(o, func(ctx context.Context, tx *db.Tx) (map[ID]Customer, error) {
				return GetMany(ctx, tx, []ID{c.ID})
			})
			if many[c.ID] != now {
				t.Errorf("%s: GetMany says %+v, Get %+v", when, many[c.ID], now)
			}
		}
		may("nothing published", nil, nil)
		first := o.publish(TermsLend, 1, "en", "lend 1")
		o.publish(TermsLend, 1, "zh-CN", "出借 1")
		o.publish(TermsPrivacy, 1, "en", "privacy")
		may("lend 1 published", nil, ErrTerms)
		o.accept(c, first)
		may("lend 1 accepted", nil, nil)
		borrow := o.publish(TermsBorrow, 1, "en", "borrow 1")
		may("borrow 1 published", ErrTerms, nil)
		o.accept(c, borrow)
		may("all accepted", nil, nil)
		second := o.publish(TermsLend, 2, "zh-CN", "出借 2")
		may("lend 2 published", nil, ErrTerms)
		d := o.register(o.anna())
		refused(o, "the old version", ErrTermsOld, func(ctx context.Context, tx *db.Tx) (Acceptance, error) {
			return AcceptTerms(ctx, tx, o.ids, o.vault, self(d),
				NewAcceptance{d.ID, first.ID, first.SHA256, ChannelWeb, netip.Addr{}})
		})
		o.accept(c, second)
		may("lend 2 accepted", nil, nil)
		o.mustHold()
	})
}

// What was accepted is found again to the byte.
func TestAcceptanceIsEvidence(t *testing.T) {
	t.Parallel()
	each(t, func(o *office) {
		c := o.register(o.anna())
		body := "\xef\xbb\xbfTerms\r\n\x00\xff 1"
		terms := o.publish(TermsLend, 1, "en", body)
		sum := sha256.Sum256([]byte(body))
		if !bytes.Equal(terms.SHA256, sum[:]) || terms.PublishedOn != today {
			t.Errorf("published %+v", terms)
		}
		a := o.accept(c, terms)
		o.clock.Advance(1e9)
		if again := o.accept(c, terms); fmt.Sprint(again) != fmt.Sprint(a) {
			t.Errorf("accepted twice: %+v, then %+v", a, again)
		}
		all := read(o, func(ctx context.Context, tx *db.Tx) ([]Acceptance, error) {
			return ListAcceptances(ctx, tx, c.ID)
		})
		want := Acceptance{c.ID, terms.ID, terms.SHA256, ChannelWeb, self(c).Principal(), morning}
		if len(all) != 1 || fmt.Sprint(all[0]) != fmt.Sprint(want) {
			t.Errorf("accepted %+v, want %+v", all, want)
		}
		got := read(o, func(ctx context.Context, tx *db.Tx) (Terms, error) {
			return GetTerms(ctx, tx, all[0].Terms)
		})
		if string(got.Body) != body || got.Version != 1 || got.Language != "en" {
			t.Errorf("what was accepted is %+v", got)
		}
		newest := read(o, func(ctx context.Context, tx *db.Tx) ([]Terms, error) {
			return NewestTerms(ctx, tx, TermsLend)
		})
		if len(newest) != 1 || newest[0].ID != terms.ID || newest[0].Body != nil {
			t.Errorf("newest are %+v", newest)
		}
		d := o.register(o.anna()) // has accepted nothing yet
		for name, r := range map[string]struct {
			actor access.Actor
			in    NewAcceptance
			want  error
		}{
			"other bytes": {self(d), NewAcceptance{d.ID, terms.ID, make([]byte, 32), ChannelWeb, netip.Addr{}}, ErrTermsBytes},
			"no bytes":    {self(d), NewAcceptance{d.ID, terms.ID, nil, ChannelWeb, netip.Addr{}}, ErrTermsBytes},
			"no terms":    {self(d), NewAcceptance{d.ID, 77, terms.SHA256, ChannelWeb, netip.Addr{}}, ErrNoTerms},
			"no channel":  {self(d), NewAcceptance{d.ID, terms.ID, terms.SHA256, "dove", netip.Addr{}}, ErrChannel},
			"another's":   {access.Customer(5), NewAcceptance{d.ID, terms.ID, terms.SHA256, ChannelWeb, netip.Addr{}}, ErrNotFound},
			"an auditor":  {auditor, NewAcceptance{d.ID, terms.ID, terms.SHA256, ChannelWeb, netip.Addr{}}, access.ErrForbidden},
			"for nobody":  {compliance, NewAcceptance{77, terms.ID, terms.SHA256, ChannelPaper, netip.Addr{}}, ErrNotFound},
		} {
			refused(o, name, r.want, func(ctx context.Context, tx *db.Tx) (Acceptance, error) {
				return AcceptTerms(ctx, tx, o.ids, o.vault, r.actor, r.in)
			})
		}
	})
}

func TestPublishTermsRefuses(t *testing.T) {
	t.Parallel()
	each(t, func(o *office) {
		o.publish(TermsLend, 1, "en", "one")
		o.publish(TermsLend, 2, "en", "two")
		for name, c := range map[string]struct {
			actor access.Actor
			in    NewTerms
			want  error
		}{
			"a customer":       {access.Customer(1), NewTerms{TermsLend, 3, "en", []byte("x")}, access.ErrForbidden},
			"no kind":          {compliance, NewTerms{"rent", 1, "en", []byte("x")}, ErrTermsKind},
			"no language":      {compliance, NewTerms{TermsLend, 3, "English", []byte("x")}, ErrTermsLanguage},
			"nothing":          {compliance, NewTerms{TermsLend, 3, "en", nil}, ErrTermsBody},
			"too much":         {compliance, NewTerms{TermsLend, 3, "en", make([]byte, mostTerms+1)}, ErrTermsBody},
			"the same again":   {compliance, NewTerms{TermsLend, 2, "en", []byte("other")}, ErrTermsVersion},
			"an older one":     {compliance, NewTerms{TermsLend, 1, "de", []byte("x")}, ErrTermsVersion},
			"one left out":     {compliance, NewTerms{TermsLend, 4, "en", []byte("x")}, ErrTermsVersion},
			"not the first":    {compliance, NewTerms{TermsBorrow, 2, "en", []byte("x")}, ErrTermsVersion},
			"before the first": {compliance, NewTerms{TermsBorrow, 0, "en", []byte("x")}, ErrTermsVersion},
		} {
			refused(o, name, c.want, func(ctx context.Context, tx *db.Tx) (Terms, error) {
				return PublishTerms(ctx, tx, o.ids, c.actor, c.in)
			})
		}
	})
}
