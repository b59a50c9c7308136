package ledger

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Head is a signed statement about the whole log: so many leaves, this hash
// over all of them. Whoever keeps one outside of our reach can prove later that
// nothing below it was changed.
type Head struct {
	Size     int64
	Hash     tlog.Hash
	SignedAt int64  // microseconds UTC; not signed, for people
	Note     string // the signed text (golang.org/x/mod/sumdb/note)
}

// Place is where the log keeps what must not lie in the database: its key and
// a copy of every head. Who can write to the database alone cannot forge them.
type Place struct {
	Keys  string // directory of ledger-log.key and ledger-log.pub
	Heads string // the file heads.log, one JSON object per line
}

// PlaceIn is the usual place below a data directory. keys, when not empty,
// names another directory for the keys.
func PlaceIn(data, keys string) Place {
	if keys == "" {
		keys = filepath.Join(data, "keys")
	}
	return Place{Keys: keys, Heads: filepath.Join(data, "heads.log")}
}

const keyName = "openlend-ledger"

func (p Place) privateFile() string { return filepath.Join(p.Keys, "ledger-log.key") }

// PublicFile is the file with the key that auditors need.
func (p Place) PublicFile() string { return filepath.Join(p.Keys, "ledger-log.pub") }

// signer reads the key, or makes one when a log begins. Refusals: ErrNoKey when
// there is none and the log has heads, ErrKey.
func (p Place) signer(logHasHeads bool) (note.Signer, note.Verifier, error) {
	text, err := os.ReadFile(p.privateFile())
	if errors.Is(err, fs.ErrNotExist) {
		if logHasHeads {
			return nil, nil, ErrNoKey.With("%s", p.privateFile())
		}
		if err := p.makeKey(); err != nil {
			return nil, nil, err
		}
		text, err = os.ReadFile(p.privateFile())
	}
	if err != nil {
		return nil, nil, err
	}
	secret := strings.TrimSpace(string(text))
	s, err := note.NewSigner(secret)
	if err != nil {
		return nil, nil, ErrKey.With("%s", p.privateFile())
	}
	public, err := publicOf(secret)
	if err != nil {
		return nil, nil, err
	}
	v, err := ParseKey(public)
	if err != nil {
		return nil, nil, err
	}
	if _, err := os.Stat(p.PublicFile()); errors.Is(err, fs.ErrNotExist) {
		err := writeOnce(p.PublicFile(), public+"\n", 0o644)
		return s, v, err
	}
	return s, v, nil
}

// makeKey makes a key, unless another process is first.
func (p Place) makeKey() error {
	secret, _, err := note.GenerateKey(nil, keyName) // nil: the system's source
	if err != nil {
		return err
	}
	if err := os.MkdirAll(p.Keys, 0o700); err != nil {
		return err
	}
	return writeOnce(p.privateFile(), secret+"\n", 0o600)
}

// publicOf derives the public key: "PRIVATE+KEY+name+hash+base64(1, seed)".
func publicOf(secret string) (string, error) {
	parts := strings.SplitN(secret, "+", 5)
	if len(parts) != 5 {
		return "", ErrKey
	}
	raw, err := base64.StdEncoding.DecodeString(parts[4])
	if err != nil || len(raw) != 1+ed25519.SeedSize {
		return "", ErrKey
	}
	private := ed25519.NewKeyFromSeed(raw[1:]) // seed, then public key (RFC 8032)
	return note.NewEd25519VerifierKey(parts[2], ed25519.PublicKey(private[ed25519.SeedSize:]))
}

// writeOnce puts a whole durable file in place, or leaves the one that is there.
func writeOnce(path, text string, mode fs.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.WriteString(text)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// ParseKey reads a public key as ledger-log.pub holds it. Refusal: ErrKey.
func ParseKey(text string) (note.Verifier, error) {
	v, err := note.NewVerifier(strings.TrimSpace(text))
	if err != nil {
		return nil, ErrKey
	}
	return v, nil
}

// ReadKey reads a public key from a file. Refusal: ErrKey.
func ReadKey(path string) (note.Verifier, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	v, err := ParseKey(string(text))
	if err != nil {
		return nil, ErrKey.With("%s", path)
	}
	return v, nil
}

// signHead signs a tree. Ed25519 is deterministic: one tree has one note.
func signHead(s note.Signer, tree tlog.Tree, at int64) (Head, error) {
	signed, err := note.Sign(&note.Note{Text: string(tlog.FormatTree(tree))}, s)
	return Head{Size: tree.N, Hash: tree.Hash, SignedAt: at, Note: string(signed)}, err
}

// OpenHead reads a signed head. Exactly the bytes that were signed pass: no
// second signature, no other spelling of the same one. Refusal: ErrHead.
func OpenHead(key note.Verifier, text string) (Head, error) {
	n, err := note.Open([]byte(text), note.VerifierList(key))
	if err != nil || len(n.Sigs) != 1 {
		return Head{}, ErrHead
	}
	tree, err := tlog.ParseTree([]byte(n.Text))
	sig, err2 := base64.StdEncoding.Strict().DecodeString(n.Sigs[0].Base64)
	if err != nil || err2 != nil || tree.N < 1 || len(sig) != 4+ed25519.SignatureSize {
		return Head{}, ErrHead
	}
	only := fmt.Sprintf("%s\n— %s %s\n", tlog.FormatTree(tree), key.Name(),
		base64.StdEncoding.EncodeToString(sig))
	if only != text {
		return Head{}, ErrHead
	}
	return Head{Size: tree.N, Hash: tree.Hash, Note: text}, nil
}
