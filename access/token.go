package access

import (
	"crypto/sha256"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"openlend/internal/id"
)

// TokenKey signs bearer tokens and knows its own again (JWT, HS256). Until there
// is a sign-in, tokens are issued on the machine itself by whoever can read the
// key's file; the audience keeps the key's other uses apart.
type TokenKey struct {
	secret []byte
	signer jose.Signer
}

const (
	tokenIssuer  = "openlend"
	tokenKeySize = 32
	// MaxTokenLife is how long a token may live.
	MaxTokenLife = 31 * 24 * time.Hour
)

type claims struct {
	jwt.Claims
	Role Role `json:"role,omitempty"`
}

// OpenTokenKey reads the key in a file, or makes one when create is set and
// there is none. Only the owner may read the file. Refusal: ErrKey.
func OpenTokenKey(path string, create bool) (*TokenKey, error) {
	secret, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && create {
		if err := makeKey(path); err != nil {
			return nil, ErrKey.With("%v", err)
		}
		secret, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, ErrKey.With("%v", err)
	}
	if len(secret) != tokenKeySize {
		return nil, ErrKey.With("%s does not hold %d bytes", path, tokenKeySize)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256, Key: secret},
		(&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return nil, ErrKey.With("%v", err)
	}
	return &TokenKey{secret, signer}, nil
}

// makeKey writes a new key beside its place and links it there, so that of two
// processes that make one at once both use the first.
func makeKey(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	temporary, err := os.CreateTemp(filepath.Dir(path), ".new-key-*") // for its owner only
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temporary.Name()) }() // its other name stays
	_, err = temporary.Write(id.Secret(tokenKeySize))
	if err = errors.Join(err, temporary.Sync(), temporary.Close()); err != nil {
		return err
	}
	if err := os.Link(temporary.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// Issue makes a token for an actor from now on for a time of at most
// MaxTokenLife. Services need none. Refusal: ErrAs.
func (k *TokenKey) Issue(a Actor, now time.Time, life time.Duration) (string, error) {
	if a.Kind != KindCustomer && a.Kind != KindStaff {
		return "", ErrAs
	}
	return jwt.Signed(k.signer).Claims(claims{
		Claims: jwt.Claims{
			Issuer:   tokenIssuer,
			Subject:  subject(a),
			IssuedAt: jwt.NewNumericDate(now),
			Expiry:   jwt.NewNumericDate(now.Add(min(life, MaxTokenLife))),
		},
		Role: a.Role,
	}).Serialize()
}

// Actor reads a token. Refusal: ErrToken, whatever is wrong with it.
func (k *TokenKey) Actor(token string, now time.Time) (Actor, error) {
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.HS256})
	if err != nil {
		return Actor{}, ErrToken
	}
	var c claims
	if err := parsed.Claims(k.secret, &c); err != nil {
		return Actor{}, ErrToken
	}
	if c.Expiry == nil || c.ValidateWithLeeway(
		jwt.Expected{Issuer: tokenIssuer, Time: now}, time.Minute) != nil {
		return Actor{}, ErrToken
	}
	a, err := ParseActor(c.Subject)
	if err != nil || a.Role != c.Role {
		return Actor{}, ErrToken
	}
	return a, nil
}

// Digest names a token in a cache without keeping it.
func Digest(token string) [sha256.Size]byte { return sha256.Sum256([]byte(token)) }

func subject(a Actor) string {
	if a.Kind == KindCustomer {
		return id.Format(customerPrefix, a.Customer)
	}
	return "staff:" + string(a.Role) + "/" + a.Name
}

const (
	customerPrefix = "cus"
	maxNameLength  = 40
)

// ParseActor reads what --as names: cus_…, staff:ROLE or staff:ROLE/NAME.
// Refusal: ErrAs.
func ParseActor(s string) (Actor, error) {
	if rest, isStaff := strings.CutPrefix(s, "staff:"); isStaff {
		role, name, _ := strings.Cut(rest, "/")
		if _, known := grants[Role(role)]; !known || !properName(name) {
			return Actor{}, ErrAs
		}
		return Staff(Role(role), name), nil
	}
	customer, err := id.Parse(customerPrefix, s)
	if err != nil {
		return Actor{}, ErrAs
	}
	return Customer(customer), nil
}

// properName lets lower-case letters, digits and .-_@ through, so that two
// spellings are never two people.
func properName(name string) bool {
	return len(name) <= maxNameLength && strings.Trim(name,
		"abcdefghijklmnopqrstuvwxyz0123456789.-_@") == ""
}
