package customer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"openlend/access"
	"openlend/internal/crypt"
	"openlend/internal/db"
	"openlend/internal/testdb"
)

func (o *office) reveal(actor access.Actor, c ID, p Purpose) (Identity, error) {
	return try(o, func(ctx context.Context, tx *db.Tx) (Identity, error) {
		return Reveal(ctx, tx, o.ids, o.vault, actor, c, p)
	})
}

// Whoever is shown personal data leaves a record, and nobody else is shown any.
func TestRevealLeavesARecord(t *testing.T) {
	t.Parallel()
	each(t, func(o *office) {
		in := o.anna()
		c := o.register(in)
		want, err := in.tidy(Person, today)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range []struct {
			actor   access.Actor
			purpose Purpose
		}{{self(c), ""}, {compliance, PurposeFraud}, {self(c), PurposeLaw}} {
			got, err := o.reveal(r.actor, c.ID, r.purpose)
			if err != nil || got != want {
				t.Errorf("%s is shown something else: %v", r.actor.Principal(), err)
			}
		}
		for name, r := range map[string]struct {
			actor   access.Actor
			who     ID
			purpose Purpose
			want    error
		}{
			"another customer":    {access.Customer(5), c.ID, PurposeOwn, ErrNotFound},
			"an auditor":          {auditor, c.ID, PurposeLaw, access.ErrForbidden},
			"nobody's":            {compliance, 77, PurposeLaw, ErrNotFound},
			"no purpose":          {compliance, c.ID, "", ErrPurpose},
			"curiosity":           {compliance, c.ID, "curiosity", ErrPurpose},
			"staff as if his own": {compliance, c.ID, PurposeOwn, ErrPurpose},
		} {
			refused(o, name, r.want, func(ctx context.Context, tx *db.Tx) (Identity, error) {
				return Reveal(ctx, tx, o.ids, o.vault, r.actor, r.who, r.purpose)
			})
		}
		records := read(o, func(ctx context.Context, tx *db.Tx) ([]Access, error) {
			return ListAccesses(ctx, tx, c.ID, 0, 0)
		})
		var said []string
		for _, a := range slices.Backward(records) {
			said = append(said, a.Actor+" "+string(a.Purpose))
		}
		own := self(c).Principal() + " own"
		if !slices.Equal(said, []string{own, "staff:carla fraud", own}) {
			t.Errorf("recorded: %q", said)
		}
	})
}

// Documents, bank accounts and addresses are shown like everything else of him:
// to himself and to staff with a purpose, and with a record.
func TestRevealOtherThings(t *testing.T) {
	t.Parallel()
	each(t, func(o *office) {
		in := o.anna()
		c := o.register(in)
		check := o.submit(self(c), c.ID, card(in))
		bank := o.addAccount(self(c), account(c.ID))
		terms := o.publish(TermsLend, 1, "en", "terms")
		o.accept(c, terms)
		document := func(actor access.Actor, id CheckID, p Purpose) work[Document] {
			return func(ctx context.Context, tx *db.Tx) (Document, error) {
				return RevealDocument(ctx, tx, o.ids, o.vault, actor, id, p)
			}
		}
		details := func(actor access.Actor, id BankAccountID, p Purpose) work[BankDetails] {
			return func(ctx context.Context, tx *db.Tx) (BankDetails, error) {
				return ShowBankAccount(ctx, tx, o.ids, o.vault, actor, id, p)
			}
		}
		address := func(actor access.Actor, id TermsID, p Purpose) work[netip.Addr] {
			return func(ctx context.Context, tx *db.Tx) (netip.Addr, error) {
				return RevealAcceptance(ctx, tx, o.ids, o.vault, actor, c.ID, id, p)
			}
		}
		for _, actor := range []access.Actor{self(c), compliance} {
			if do(o, document(actor, check.ID, PurposeCheck)) != card(in) {
				t.Error("another document is shown")
			}
			if got := do(o, details(actor, bank.ID, PurposePayout)); got.Holder != "ANNA MUELLER" ||
				got.Account != strings.ReplaceAll(iban, " ", "") || got.Country != "DE" {
				t.Error("another bank account is shown")
			}
			if got := do(o, address(actor, terms.ID, PurposeLaw)); got.String() != "2001:db8::7" {
				t.Errorf("the address is %s", got)
			}
		}
		other := access.Customer(5)
		refused(o, "another's document", ErrNoCheck, document(other, check.ID, PurposeOwn))
		refused(o, "another's account", ErrBankAccountNotFound, details(other, bank.ID, PurposeOwn))
		refused(o, "another's address", ErrNotFound, address(other, terms.ID, PurposeOwn))
		refused(o, "no document", ErrNoCheck, document(compliance, 77, PurposeLaw))
		refused(o, "no account", ErrBankAccountNotFound, details(compliance, 77, PurposeLaw))
		refused(o, "nothing accepted", ErrNoTerms, address(compliance, 77, PurposeLaw))
		refused(o, "a document for nothing", ErrPurpose, document(compliance, check.ID, ""))
		refused(o, "an account, an auditor", access.ErrForbidden, details(auditor, bank.ID, PurposeLaw))
		refused(o, "an address for fun", ErrPurpose, address(compliance, terms.ID, "fun"))
		records := read(o, func(ctx context.Context, tx *db.Tx) ([]Access, error) {
			return ListAccesses(ctx, tx, c.ID, 0, 0)
		})
		if len(records) != 6 {
			t.Errorf("%d records: %+v", len(records), records)
		}
		// Paper has no address.
		d := o.register(o.anna())
		got := do(o, func(ctx context.Context, tx *db.Tx) (netip.Addr, error) {
			_, err := AcceptTerms(ctx, tx, o.ids, o.vault, compliance,
				NewAcceptance{d.ID, terms.ID, terms.SHA256, ChannelPaper, netip.Addr{}})
			if err != nil {
				return netip.Addr{}, err
			}
			return RevealAcceptance(ctx, tx, o.ids, o.vault, self(d), d.ID, terms.ID, PurposeOwn)
		})
		if got.IsValid() {
			t.Errorf("paper came from %s", got)
		}
	})
}

// With his key a customer's data is gone, and everything else of him stays.
func TestForgottenCustomer(t *testing.T) {
	t.Parallel()
	each(t, func(o *office) {
		c, other := o.register(o.anna()), o.register(o.anna())
		check := o.submit(self(c), c.ID, card(o.anna()))
		if err := o.vault.Forget(o.Context(), int64(c.ID)); err != nil {
			t.Fatal(err)
		}
		refused(o, "shown", crypt.ErrForgotten, func(ctx context.Context, tx *db.Tx) (Identity, error) {
			return Reveal(ctx, tx, o.ids, o.vault, compliance, c.ID, PurposeLaw)
		})
		refused(o, "sealed anew", crypt.ErrForgotten, func(ctx context.Context, tx *db.Tx) (Customer, error) {
			return ChangeContact(ctx, tx, o.ids, o.vault, compliance,
				NewContact{c.ID, o.anna().Contact})
		})
		if got := o.get(c.ID); got.ID != c.ID {
			t.Errorf("he is %+v", got)
		}
		o.runChecks()
		if got := o.getCheck(check.ID); got.State != CheckRefused ||
			!slices.Equal(got.Reasons, []Reason{ReasonForgotten}) {
			t.Errorf("a check that nobody can make is %+v", got)
		}
		if _, err := o.reveal(self(other), other.ID, PurposeOwn); err != nil {
			t.Errorf("another one: %v", err)
		}
	})
}

// A vault that was lost and made anew is noticed before anything is done with it.
func TestCheckVault(t *testing.T) {
	t.Parallel()
	each(t, func(o *office) {
		check := func(when string, vault *crypt.Vault, want error) {
			t.Helper()
			_, err := db.Read(o.Context(), o.db, func(ctx context.Context, tx *db.Tx) (int, error) {
				return 0, CheckVault(ctx, tx, vault)
			})
			if !errors.Is(err, want) {
				t.Errorf("%s: %v", when, err)
			}
		}
		other := newOffice(t, testdb.SQLite(t)).vault
		check("a new database, its vault", o.vault, nil)
		check("a new database, another vault", other, nil)
		c, forgotten := o.register(o.anna()), o.register(o.anna())
		if err := o.vault.Forget(o.Context(), int64(forgotten.ID)); err != nil {
			t.Fatal(err)
		}
		check("its vault", o.vault, nil)
		check("another vault", other, ErrVault)
		if _, err := other.Seal(o.Context(), int64(c.ID), columnName, nil); err != nil {
			t.Fatal(err)
		}
		check("another vault with keys of the same people", other, ErrVault)
	})
}

func TestChangeContactAndSearch(t *testing.T) {
	t.Parallel()
	each(t, func(o *office) {
		in := o.anna()
		c, other := o.register(in), o.register(o.anna())
		find := func(s Search) string {
			t.Helper()
			found := read(o, func(ctx context.Context, tx *db.Tx) ([]Customer, error) {
				return FindByIdentity(ctx, tx, o.vault, compliance, s)
			})
			var ids []ID
			for _, f := range found {
				ids = append(ids, f.ID)
			}
			return fmt.Sprint(ids)
		}
		him, both, nobody := fmt.Sprint([]ID{c.ID}), fmt.Sprint([]ID{c.ID, other.ID}), "[]"
		check := func(s Search, want string) {
			t.Helper()
			if got := find(s); got != want {
				t.Errorf("found %s, want %s", got, want)
			}
		}
		check(Search{Country: "de", NationalID: " " + strings.ToLower(in.NationalID)}, him)
		check(Search{Country: "AT", NationalID: in.NationalID}, nobody)
		check(Search{Phone: strings.ReplaceAll(in.Phone, " ", "-")}, him)
		check(Search{Email: strings.ToUpper(in.Email)}, him)
		shared := Contact{Phone: "+86 138 0013 8000", Email: "family@example.org", Address: "Hauptstraße 2, Berlin"}
		for _, who := range []Customer{other, c} {
			do(o, func(ctx context.Context, tx *db.Tx) (Customer, error) {
				return ChangeContact(ctx, tx, o.ids, o.vault, self(who), NewContact{who.ID, shared})
			})
		}
		check(Search{Phone: in.Phone}, nobody)
		check(Search{Phone: "+8613800138000"}, both)
		check(Search{Email: "Family@Example.org"}, both)
		if got, err := o.reveal(self(c), c.ID, ""); err != nil || got.Address != shared.Address ||
			got.Name != in.Name || got.Phone != "+8613800138000" {
			t.Errorf("after the change something else is shown: %v", err)
		}
		for name, s := range map[string]Search{"nothing": {}, "a country": {Country: "DE"},
			"two things": {Phone: "+8613800138000", Email: "a@example.org"}} {
			refused(o, name, ErrSearch, func(ctx context.Context, tx *db.Tx) ([]Customer, error) {
				return FindByIdentity(ctx, tx, o.vault, compliance, s)
			})
		}
		for _, actor := range []access.Actor{auditor, self(c)} {
			refused(o, "search by "+actor.Principal(), access.ErrForbidden,
				func(ctx context.Context, tx *db.Tx) ([]Customer, error) {
					return FindByIdentity(ctx, tx, o.vault, actor, Search{Phone: "+8613800138000"})
				})
		}
		contact := func(actor access.Actor, n Contact) work[Customer] {
			return func(ctx context.Context, tx *db.Tx) (Customer, error) {
				return ChangeContact(ctx, tx, o.ids, o.vault, actor, NewContact{c.ID, n})
			}
		}
		refused(o, "another's contact", ErrNotFound, contact(self(other), shared))
		refused(o, "no phone", ErrPhone,
			contact(self(c), Contact{Email: shared.Email, Address: shared.Address}))
		o.freeze(c.ID)
		refused(o, "frozen, himself", ErrFrozen, contact(self(c), shared))
		do(o, contact(compliance, shared))
	})
}

// However personal data is printed by accident, it does not show.
func TestPersonalDataPrintsAsHidden(t *testing.T) {
	t.Parallel()
	in := (&office{T: t}).anna()
	facts := Facts{Kind: Person, Claimed: in.Identity, Document: card(in), On: today}
	details := BankDetails{Account: iban, Holder: in.Name, Country: "DE"}
	for _, v := range []any{in, &in, in.Identity, in.Contact, facts, facts.Document, details,
		NewDocument{1, card(in)}, NewContact{1, in.Contact}, Search{Phone: in.Phone},
		NewBankAccount{1, "EUR", details}, []any{in}, map[string]any{"in": details},
		fmt.Errorf("of %v", in), struct{ Of Identity }{in.Identity}} {
		var log strings.Builder
		logger := slog.New(slog.NewTextHandler(&log, nil))
		logger.Info("here", "value", v)
		slog.New(slog.NewJSONHandler(&log, nil)).Info("here", "value", v)
		text := fmt.Sprintf("%v %+v %#v %s %q %x %d", v, v, v, v, v, v, v) + log.String()
		for _, secret := range []string{"Anna", "Müller", "ller", in.NationalID, "170", "example.org",
			"Haupt", "DE89", "3704", "416e6e61"} {
			if strings.Contains(text, secret) {
				t.Errorf("%T shows %q: %s", v, secret, text)
			}
		}
	}
}
