package access_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"openlend/access"
	"openlend/internal/id"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// Whoever moves money does not set the rules, and the auditor changes nothing.
func TestGrants(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		actor access.Actor
		p     access.Permission
		may   bool
	}{
		{access.Actor{}, access.ReadAll, false},
		{access.Customer(7), access.ReadAll, false},
		{access.Actor{Kind: access.KindCustomer, Role: access.Admin}, access.ReadAll, false},
		{access.Staff("emperor", ""), access.ReadAll, false},
		{access.System("closing"), access.DayClose, true},
		{access.Staff(access.Auditor, ""), access.ReadAll, true},
		{access.Staff(access.Auditor, ""), access.CustomerReveal, false},
		{access.Staff(access.Admin, ""), access.PayoutRelease, false},
		{access.Staff(access.Admin, ""), access.PaymentRecord, false},
		{access.Staff(access.Underwriter, ""), access.ListingPrepare, true},
		{access.Staff(access.Underwriter, ""), access.ListingReview, false},
		{access.Staff(access.Servicer, ""), access.LoanWriteOff, true},
		{access.Staff(access.Servicer, ""), access.LoanApprove, false},
	} {
		err := c.actor.Require(c.p)
		if (err == nil) != c.may || err != nil && !errors.Is(err, access.ErrForbidden) {
			t.Errorf("%+v %s: %v", c.actor, c.p, err)
		}
	}
	for _, r := range access.Roles() {
		if err := access.Staff(r, "").Require(access.ReadAll); err != nil {
			t.Errorf("%s cannot read: %v", r, err)
		}
	}
}

func TestRequireSelf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		actor access.Actor
		want  error
	}{
		{access.Customer(7), nil},
		{access.Customer(8), access.ErrNotYours},
		{access.Customer(0), access.ErrNotYours},
		{access.Actor{}, access.ErrForbidden},
		{access.Staff(access.Compliance, ""), nil},
		{access.Staff(access.Auditor, ""), access.ErrForbidden},
	} {
		if err := c.actor.RequireSelf(7, access.CustomerAct); !errors.Is(err, c.want) {
			t.Errorf("%+v: %v, not %v", c.actor, err, c.want)
		}
	}
	if access.Customer(0).Is(0) {
		t.Error("nobody is customer 0")
	}
}

func TestSecondPerson(t *testing.T) {
	t.Parallel()
	alice := access.Staff(access.Reviewer, "alice")
	self := access.Staff(access.Underwriter, "alice").Principal()
	if err := alice.SecondPerson(self); !errors.Is(err, access.ErrFourEyes) {
		t.Errorf("one person in two roles: %v", err)
	}
	if err := alice.SecondPerson(access.Staff(access.Underwriter, "").Principal()); err != nil {
		t.Error(err)
	}
}

func TestParseActor(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]access.Actor{
		id.Format("cus", 99):       access.Customer(99),
		"staff:admin":              access.Staff(access.Admin, ""),
		"staff:reviewer/alice.b-1": access.Staff(access.Reviewer, "alice.b-1"),
	} {
		if got, err := access.ParseActor(text); err != nil || got != want {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "admin", "staff:", "staff:emperor", "system:closing",
		"staff:admin/Alice", "staff:admin/a b", "staff:admin/" + strings.Repeat("a", 41),
		id.Format("loan", 99), "cus_", "staff:admin/а"} {
		if _, err := access.ParseActor(text); !errors.Is(err, access.ErrAs) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func newKey(t *testing.T) (*access.TokenKey, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keys", "token.key")
	key, err := access.OpenTokenKey(path, true)
	if err != nil {
		t.Fatal(err)
	}
	return key, path
}

func TestTokens(t *testing.T) {
	t.Parallel()
	key, path := newKey(t)
	for _, a := range []access.Actor{access.Customer(5), access.Staff(access.Auditor, "eve")} {
		token, err := key.Issue(a, noon, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		same, err := access.OpenTokenKey(path, false)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := same.Actor(token, noon.Add(time.Minute)); err != nil || got != a {
			t.Errorf("%+v, %v", got, err)
		}
		other, _ := newKey(t)
		for name, attempt := range map[string]func() (access.Actor, error){
			"too late":    func() (access.Actor, error) { return key.Actor(token, noon.Add(2*time.Hour)) },
			"too early":   func() (access.Actor, error) { return key.Actor(token, noon.Add(-time.Hour)) },
			"another key": func() (access.Actor, error) { return other.Actor(token, noon) },
			"cut short":   func() (access.Actor, error) { return key.Actor(token[:len(token)-2], noon) },
			"unsigned":    func() (access.Actor, error) { return key.Actor(unsigned(token), noon) },
			"nothing":     func() (access.Actor, error) { return key.Actor("", noon) },
		} {
			if got, err := attempt(); !errors.Is(err, access.ErrToken) || got != (access.Actor{}) {
				t.Errorf("%s: %+v, %v", name, got, err)
			}
		}
	}
	if _, err := key.Issue(access.System("closing"), noon, time.Hour); !errors.Is(err, access.ErrAs) {
		t.Error("a service has no token:", err)
	}
	token, _ := key.Issue(access.Customer(5), noon, 10*access.MaxTokenLife)
	after := noon.Add(access.MaxTokenLife + time.Hour)
	if _, err := key.Actor(token, after); !errors.Is(err, access.ErrToken) {
		t.Error("a token lived too long")
	}
}

// unsigned is the token with the algorithm "none".
func unsigned(token string) string {
	return "eyJhbGciOiJub25lIn0." + strings.Split(token, ".")[1] + "."
}

// A token that the right key signed for another purpose names nobody.
func TestForeignTokens(t *testing.T) {
	t.Parallel()
	key, path := newKey(t)
	secret, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256, Key: secret}, nil)
	if err != nil {
		t.Fatal(err)
	}
	later := jwt.NewNumericDate(noon.Add(time.Hour))
	for name, c := range map[string]map[string]any{
		"another issuer": {"iss": "mail", "sub": "staff:admin/admin", "role": "admin", "exp": later},
		"no end":         {"iss": "openlend", "sub": "staff:admin/admin", "role": "admin"},
		"two roles":      {"iss": "openlend", "sub": "staff:auditor/a", "role": "admin", "exp": later},
		"a service":      {"iss": "openlend", "sub": "system:closing", "exp": later},
		"not yet": {"iss": "openlend", "sub": "staff:admin/admin", "role": "admin", "exp": later,
			"nbf": later},
	} {
		token, err := jwt.Signed(signer).Claims(c).Serialize()
		if err != nil {
			t.Fatal(err)
		}
		if a, err := key.Actor(token, noon); !errors.Is(err, access.ErrToken) {
			t.Errorf("%s: %+v, %v", name, a, err)
		}
	}
}

func TestTokenKeyFile(t *testing.T) {
	t.Parallel()
	_, path := newKey(t)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 1 {
		t.Errorf("%v, %v", left, err)
	}
	if _, err := access.OpenTokenKey(path+".not", false); !errors.Is(err, access.ErrKey) {
		t.Error(err)
	}
	if err := os.WriteFile(path, []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := access.OpenTokenKey(path, true); !errors.Is(err, access.ErrKey) {
		t.Error(err)
	}
}
