package customer

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"openlend/access"
	"openlend/internal/db"
	"openlend/money"
)

const iban = "DE89 3704 0044 0532 0130 00" // of the IBAN registry

func account(c ID) NewBankAccount {
	return NewBankAccount{Customer: c, Currency: "EUR",
		BankDetails: BankDetails{Account: iban, Holder: "ANNA MUELLER", Country: "DE"}}
}

func (o *office) addAccount(actor access.Actor, in NewBankAccount) BankAccount {
	o.Helper()
	return do(o, func(ctx context.Context, tx *db.Tx) (BankAccount, error) {
		return AddBankAccount(ctx, tx, o.ids, o.vault, actor, in)
	})
}

func (o *office) verifyAccount(a BankAccountID, coolOff time.Duration) BankAccount {
	o.Helper()
	return do(o, func(ctx context.Context, tx *db.Tx) (BankAccount, error) {
		return VerifyBankAccount(ctx, tx, o.ids, o.vault, compliance, BankAccountCheck{a, coolOff})
	})
}

func (o *office) removeAccount(actor access.Actor, a BankAccountID) BankAccount {
	o.Helper()
	return do(o, func(ctx context.Context, tx *db.Tx) (BankAccount, error) {
		return RemoveBankAccount(ctx, tx, o.ids, actor, a)
	})
}

func (o *office) payoutAccount(c ID, currency money.Currency) (BankAccountID, error) {
	return db.Read(o.Context(), o.db, func(ctx context.Context, tx *db.Tx) (BankAccountID, error) {
		a, err := PayoutAccount(ctx, tx, c, currency)
		return a.ID, err
	})
}

func TestBankAccountFromAddedToRemoved(t *testing.T) {
	t.Parallel()
	each(t, func(o *office) {
		c := o.verified(o.anna())
		usable := func(want BankAccountID) {
			t.Helper()
			got, err := o.payoutAccount(c.ID, "EUR")
			if got != want || (want == 0) != errors.Is(err, ErrNoBankAccount) {
				t.Errorf("payouts go to %s, %v", got, err)
			}
		}
		usable(0)
		added := o.addAccount(self(c), account(c.ID))
		if added.State != BankAccountNew || !added.AddedAt.Equal(morning) {
			t.Errorf("added: %+v", added)
		}
		usable(0)
		refused(o, "a second one", ErrBankAccountExists,
			func(ctx context.Context, tx *db.Tx) (BankAccount, error) {
				return AddBankAccount(ctx, tx, o.ids, o.vault, self(c), account(c.ID))
			})
		o.clock.Advance(time.Hour)
		verified := o.verifyAccount(added.ID, 24*time.Hour)
		if at := morning.Add(time.Hour); !verified.VerifiedAt.Equal(at) ||
			!verified.UsableAt.Equal(at.Add(24*time.Hour)) {
			t.Errorf("verified: %+v", verified)
		}
		o.clock.Advance(24*time.Hour - time.Microsecond)
		usable(0)
		o.clock.Advance(time.Microsecond)
		usable(added.ID)
		if got, err := o.payoutAccount(c.ID, "CNY"); !errors.Is(err, ErrNoBankAccount) {
			t.Errorf("in another currency: %s, %v", got, err)
		}
		details := read(o, func(ctx context.Context, tx *db.Tx) (BankDetails, error) {
			return RevealBankAccount(ctx, tx, o.vault, added.ID)
		})
		want := account(c.ID).BankDetails
		want.Account = strings.ReplaceAll(iban, " ", "")
		if details != want {
			t.Error("the bank is told something else than what was added")
		}
		removed := o.removeAccount(self(c), added.ID)
		if removed.State != BankAccountRemoved || !removed.RemovedAt.Equal(o.clock.Now()) {
			t.Errorf("removed: %+v", removed)
		}
		usable(0)
		refused(o, "what is removed is told to no bank", ErrBankAccountState,
			func(ctx context.Context, tx *db.Tx) (BankDetails, error) {
				return RevealBankAccount(ctx, tx, o.vault, added.ID)
			})
		again := o.addAccount(self(c), account(c.ID))
		o.verifyAccount(again.ID, time.Hour)
		usable(0) // it cools off anew
		listed := read(o, func(ctx context.Context, tx *db.Tx) ([]BankAccount, error) {
			return ListBankAccounts(ctx, tx, c.ID)
		})
		if len(listed) != 2 || listed[0].ID != again.ID || listed[1] != removed {
			t.Errorf("listed %+v", listed)
		}
		o.mustHold()
	})
}

func TestAddBankAccountRefuses(t *testing.T) {
	t.Parallel()
	each(t, func(o *office) {
		c := o.register(o.anna())
		for name, r := range map[string]struct {
			actor access.Actor
			spoil func(*NewBankAccount)
			want  error
		}{
			"somebody else's name": {self(c), func(n *NewBankAccount) { n.Holder = "Bert Müller" }, ErrHolder},
			"no name":              {self(c), func(n *NewBankAccount) { n.Holder = "" }, ErrHolder},
			"two names":            {self(c), func(n *NewBankAccount) { n.Holder = "Anna Müller und Bert Müller" }, ErrHolder},
			"a wrong digit":        {self(c), func(n *NewBankAccount) { n.Account = "DE88370400440532013000" }, ErrBankAccount},
			"of another country":   {self(c), func(n *NewBankAccount) { n.Country = "AT" }, ErrBankAccount},
			"no country":           {self(c), func(n *NewBankAccount) { n.Country = "" }, ErrCountry},
			"no currency":          {self(c), func(n *NewBankAccount) { n.Currency = "XXQ" }, money.ErrCurrency},
			"another's":            {access.Customer(5), func(*NewBankAccount) {}, ErrNotFound},
			"nobody's":             {compliance, func(n *NewBankAccount) { n.Customer = 77 }, ErrNotFound},
			"an auditor":           {auditor, func(*NewBankAccount) {}, access.ErrForbidden},
		} {
			in := account(c.ID)
			r.spoil(&in)
			refused(o, name, r.want, func(ctx context.Context, tx *db.Tx) (BankAccount, error) {
				return AddBankAccount(ctx, tx, o.ids, o.vault, r.actor, in)
			})
		}
		o.freeze(c.ID)
		refused(o, "frozen", ErrFrozen, func(ctx context.Context, tx *db.Tx) (BankAccount, error) {
			return AddBankAccount(ctx, tx, o.ids, o.vault, self(c), account(c.ID))
		})
	})
}

func TestVerifyBankAccountRefuses(t *testing.T) {
	t.Parallel()
	each(t, func(o *office) {
		in := o.anna()
		c := o.register(in)
		a := o.addAccount(compliance, account(c.ID))
		verify := func(what string, actor access.Actor, id BankAccountID, want error) {
			t.Helper()
			refused(o, what, want, func(ctx context.Context, tx *db.Tx) (BankAccount, error) {
				return VerifyBankAccount(ctx, tx, o.ids, o.vault, actor, BankAccountCheck{id, 0})
			})
		}
		verify("himself", self(c), a.ID, access.ErrForbidden)
		verify("whoever added it", compliance, a.ID, access.ErrFourEyes)
		verify("nothing", second, 77, ErrBankAccountNotFound)
		verify("of somebody unverified", second, a.ID, ErrUnverified)
		o.submit(self(c), c.ID, card(in))
		o.runChecks()
		o.freeze(c.ID)
		verify("of somebody frozen", second, a.ID, ErrFrozen)
		refused(o, "removed by another", ErrBankAccountNotFound,
			func(ctx context.Context, tx *db.Tx) (BankAccount, error) {
				return RemoveBankAccount(ctx, tx, o.ids, access.Customer(5), a.ID)
			})
	})
}

// Every step that is not drawn is refused and changes nothing.
func TestIllegalStepsOfBankAccounts(t *testing.T) {
	t.Parallel()
	each(t, func(o *office) {
		all := []BankAccountState{BankAccountNew, BankAccountVerified, BankAccountRemoved}
		for _, from := range all {
			c := o.verified(o.anna())
			a := o.addAccount(self(c), account(c.ID))
			if from != BankAccountNew {
				a = o.verifyAccount(a.ID, 0)
			}
			if from == BankAccountRemoved {
				a = o.removeAccount(self(c), a.ID)
			}
			for _, to := range all[1:] { // nothing leads back to new
				if slices.Contains(from.Steps(), to) {
					continue
				}
				refused(o, string(from)+" to "+string(to), ErrBankAccountState,
					func(ctx context.Context, tx *db.Tx) (BankAccount, error) {
						if to == BankAccountRemoved {
							return RemoveBankAccount(ctx, tx, o.ids, self(c), a.ID)
						}
						return VerifyBankAccount(ctx, tx, o.ids, o.vault, compliance,
							BankAccountCheck{a.ID, 0})
					})
				got := read(o, func(ctx context.Context, tx *db.Tx) (BankAccount, error) {
					return GetBankAccount(ctx, tx, a.ID)
				})
				if got.State != from {
					t.Errorf("it is %s, was %s", got.State, from)
				}
			}
		}
	})
}

func TestProperAccount(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		country, number string
		want            bool
	}{
		// Examples of the IBAN registry.
		{"DE", "DE89370400440532013000", true}, {"GB", "GB29NWBK60161331926819", true},
		{"FR", "FR1420041010050500013M02606", true}, {"NO", "NO9386011117947", true},
		{"MT", "MT84MALT011000012345MTLCAST001S", true}, {"CH", "CH9300762011623852957", true},
		{"NL", "NL91ABNA0417164300", true}, {"SE", "SE4550000000058398257466", true},
		{"DE", "DE8937040044053201300", false}, {"DE", "GB29NWBK60161331926819", false},
		{"DE", "DEAA370400440532013000", false}, {"DE", "", false}, {"DE", "370400440532013000", false},
		// Elsewhere.
		{"CN", "6222020200112233445", true}, {"CN", "622202020011223344A", false},
		{"CN", "1234567", false}, {"CN", strings.Repeat("1", 33), false},
		{"US", "021000021123456789", true}, {"US", "ABCDEF", false}, {"IN", "HDFC0000012345", true},
		{"US", "12345", false}, {"US", "", false}, {"US", strings.Repeat("1", 31), false},
	} {
		if got := properAccount(c.country, c.number); got != c.want {
			t.Errorf("%s in %s: %v", c.number, c.country, got)
		}
	}
}

// No single wrong character and no two that changed places make another proper
// IBAN: that is what ISO 7064 MOD 97-10 is for.
func TestIBANFindsMistakes(t *testing.T) {
	t.Parallel()
	const good = "GB29NWBK60161331926819"
	rapid.Check(t, func(r *rapid.T) {
		number := []byte(good)
		i := rapid.IntRange(0, len(number)-2).Draw(r, "place")
		if rapid.Bool().Draw(r, "swap") {
			number[i], number[i+1] = number[i+1], number[i]
		} else {
			number[i] = rapid.SampledFrom([]byte("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")).Draw(r, "sign")
		}
		if string(number) != good && properAccount("GB", string(number)) {
			r.Fatalf("%s passes", number)
		}
	})
}

func TestChineseNumbersFindMistakes(t *testing.T) {
	t.Parallel()
	const person, company = "11010519491231002X", "91350100M000100Y43"
	if properCreditCode(company) != true || chineseCheck(person) != 'X' {
		t.Fatal("the examples do not pass")
	}
	rapid.Check(t, func(r *rapid.T) {
		i := rapid.IntRange(0, 17).Draw(r, "place")
		number, code := []byte(person), []byte(company)
		number[i] = rapid.SampledFrom([]byte("0123456789X")).Draw(r, "digit")
		code[i] = rapid.SampledFrom([]byte(creditCodeSigns+"IOSVZ")).Draw(r, "sign")
		digits := strings.Trim(string(number[:17]), "0123456789") == ""
		if string(number) != person && digits && chineseCheck(string(number)) == number[17] {
			r.Fatalf("%s passes", number)
		}
		if string(code) != company && properCreditCode(string(code)) {
			r.Fatalf("%s passes", code)
		}
	})
}
