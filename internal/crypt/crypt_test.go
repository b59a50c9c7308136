package crypt

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"openlend/internal/clock"
	"openlend/internal/db"
	"openlend/internal/testdb"
)

// each runs the test on a new vault of each engine.
func each(t *testing.T, test func(t *testing.T, o Options)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		test(t, Options{URL: "sqlite:" + filepath.Join(dir, "keys", "vault.db"),
			KeyFile: filepath.Join(dir, "keys", "kek.json"), Create: true})
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		u := testdb.EmptyPostgres(t)
		if _, err := Migrate(t.Context(), u.Owner, testdb.Role(u.App)); err != nil {
			t.Fatal(err)
		}
		test(t, Options{URL: u.App, KeyFile: filepath.Join(t.TempDir(), "keys", "kek.json"),
			Create: true, RefuseOwner: true})
	})
}

func open(t *testing.T, o Options) *Vault {
	t.Helper()
	v, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.Close() })
	return v
}

func seal(t *testing.T, v *Vault, subject int64, column, plain string) []byte {
	t.Helper()
	sealed, err := v.Seal(t.Context(), subject, column, []byte(plain))
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

// opens says what opening gives: the text, or the error.
func opens(v *Vault, subject int64, column string, sealed []byte) string {
	plain, err := v.Open(context.Background(), subject, column, sealed)
	if err != nil {
		return err.Error()
	}
	return string(plain)
}

func mustOpen(t *testing.T, v *Vault, subject int64, column string, sealed []byte, want string) {
	t.Helper()
	if got := opens(v, subject, column, sealed); got != want {
		t.Errorf("%d/%s opens as %q, want %q", subject, column, got, want)
	}
}

func mustNotOpen(
	t *testing.T, v *Vault, subject int64, column string, sealed []byte, want error,
) {
	t.Helper()
	if plain, err := v.Open(t.Context(), subject, column, sealed); !errors.Is(err, want) {
		t.Errorf("%d/%s opens as %q, %v; want %v", subject, column, plain, err, want)
	}
}

func TestSealedValueOpensWhereItBelongsAndNowhereElse(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o Options) {
		v := open(t, o)
		sealed := seal(t, v, 7, "a.name", "Anna")
		seal(t, v, 8, "a.name", "Bert")
		mustOpen(t, v, 7, "a.name", sealed, "Anna")
		mustNotOpen(t, v, 8, "a.name", sealed, ErrSealed)
		mustNotOpen(t, v, 7, "a.phone", sealed, ErrSealed)
		mustNotOpen(t, v, 9, "a.name", sealed, ErrNoKey)
		for i := range sealed {
			changed := bytes.Clone(sealed)
			changed[i] ^= 1
			mustNotOpen(t, v, 7, "a.name", changed, ErrSealed)
		}
		mustNotOpen(t, v, 7, "a.name", nil, ErrSealed)
		if again := seal(t, v, 7, "a.name", "Anna"); bytes.Equal(again, sealed) {
			t.Error("the same value sealed twice looks the same")
		}
		if bytes.Contains(sealed, []byte("Anna")) {
			t.Error("the value can be read in its sealed form")
		}
	})
}

func TestAnotherProcessOpensTheSame(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o Options) {
		v := open(t, o)
		sealed, index := seal(t, v, 7, "c", "text"), v.Index("c", "text")
		if err := v.Close(); err != nil {
			t.Fatal(err)
		}
		o.Create = false
		v = open(t, o)
		mustOpen(t, v, 7, "c", sealed, "text")
		if !bytes.Equal(v.Index("c", "text"), index) {
			t.Error("the index has changed")
		}
	})
}

func TestSealAnything(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	v := open(t, Options{URL: "sqlite:" + filepath.Join(dir, "v.db"),
		KeyFile: filepath.Join(dir, "kek"), Create: true})
	rapid.Check(t, func(r *rapid.T) {
		subject := rapid.Int64Range(1, 5).Draw(r, "subject")
		column := rapid.StringN(0, 20, 40).Draw(r, "column")
		plain := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(r, "plain")
		sealed, err := v.Seal(t.Context(), subject, column, plain)
		if err != nil {
			r.Fatal(err)
		}
		got, err := v.Open(t.Context(), subject, column, sealed)
		if err != nil || !bytes.Equal(got, plain) {
			r.Fatalf("%q became %q, %v", plain, got, err)
		}
		other := rapid.StringN(0, 20, 40).Draw(r, "other column")
		if _, err := v.Open(t.Context(), subject, other, sealed); other != column &&
			!errors.Is(err, ErrSealed) {
			r.Fatalf("it opens as %q too", other)
		}
	})
}

func TestIndex(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o Options) {
		v := open(t, o)
		a := v.Index("a", "1")
		for _, other := range [][]byte{v.Index("a", "2"), v.Index("b", "1"), v.Index("", "a1"),
			v.Index("a1", ""), v.Index("a", "")} {
			if bytes.Equal(a, other) {
				t.Error("two values share an index")
			}
		}
		if !bytes.Equal(a, v.Index("a", "1")) || len(a) != indexSize {
			t.Errorf("an index of %d bytes that changes", len(a))
		}
		dir := t.TempDir()
		stranger := open(t, Options{URL: "sqlite:" + filepath.Join(dir, "v.db"),
			KeyFile: filepath.Join(dir, "kek"), Create: true})
		if bytes.Equal(a, stranger.Index("a", "1")) {
			t.Error("another vault knows the index")
		}
	})
}

func TestForget(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o Options) {
		wall := clock.NewManual(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
		o.Clock = wall
		v := open(t, o)
		sealed, kept := seal(t, v, 7, "c", "gone"), seal(t, v, 8, "c", "stays")
		for range 2 {
			if err := v.Forget(t.Context(), 7); err != nil {
				t.Fatal(err)
			}
		}
		mustNotOpen(t, v, 7, "c", sealed, ErrForgotten)
		mustOpen(t, v, 8, "c", kept, "stays")
		if _, err := v.Seal(t.Context(), 7, "c", nil); !errors.Is(err, ErrForgotten) {
			t.Errorf("a second key was made: %v", err)
		}
		// One that never had a key gets none either.
		if err := v.Forget(t.Context(), 9); err != nil {
			t.Fatal(err)
		}
		if _, err := v.Seal(t.Context(), 9, "c", nil); !errors.Is(err, ErrForgotten) {
			t.Errorf("a key was made for 9: %v", err)
		}
	})
}

// Another process has the key in memory for a while, and then no more.
func TestForgetReachesOtherProcesses(t *testing.T) {
	t.Parallel()
	u := testdb.EmptyPostgres(t)
	if _, err := Migrate(t.Context(), u.Owner, testdb.Role(u.App)); err != nil {
		t.Fatal(err)
	}
	wall := clock.NewManual(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
	o := Options{URL: u.App, KeyFile: filepath.Join(t.TempDir(), "kek"), Create: true, Clock: wall}
	one, other := open(t, o), open(t, o)
	sealed := seal(t, one, 7, "c", "text")
	mustOpen(t, other, 7, "c", sealed, "text")
	if err := one.Forget(t.Context(), 7); err != nil {
		t.Fatal(err)
	}
	wall.Advance(keptFor)
	mustNotOpen(t, other, 7, "c", sealed, ErrForgotten)
}

// The bytes of a forgotten key are not only let go of, they are overwritten.
func TestForgottenKeyIsNotInTheFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "v.db")
	o := Options{URL: "sqlite:" + path, KeyFile: filepath.Join(dir, "kek"), Create: true}
	v := open(t, o)
	seal(t, v, 7, "c", "text")
	rows, err := v.load(t.Context(), 7)
	if err != nil {
		t.Fatal(err)
	}
	contains := func() bool {
		if err := v.Close(); err != nil {
			t.Fatal(err)
		}
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		v = open(t, o)
		return bytes.Contains(file, rows[0].wrapped)
	}
	if !contains() {
		t.Fatal("the wrapped key is not where this test looks")
	}
	if err := v.Forget(t.Context(), 7); err != nil {
		t.Fatal(err)
	}
	if contains() {
		t.Error("the wrapped key can still be read in the file")
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o Options) {
		ctx := t.Context()
		refuses := func(what string, o Options, want error) {
			t.Helper()
			v, err := Open(ctx, o)
			if err == nil {
				_ = v.Close()
			}
			if !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", what, err, want)
			}
		}
		asked := o
		asked.Create = false
		if engine, _ := db.EngineOf(o.URL); engine == db.SQLite {
			refuses("a vault that nobody asked for", asked, db.ErrOlderSchema)
		} else {
			refuses("a vault that nobody asked for", asked, ErrEmpty)
		}
		if err := open(t, o).Close(); err != nil {
			t.Fatal(err)
		}
		right, err := os.ReadFile(o.KeyFile)
		if err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(o.KeyFile); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the key file's mode is %v, %v", info.Mode(), err)
		}
		// Neither with nor without Create a second key is made for a vault in use.
		for _, o := range []Options{o, asked} {
			moved := o
			moved.KeyFile += ".elsewhere"
			refuses("no key file", moved, ErrKeyFile)
			for name, c := range map[string]struct {
				text string
				mode os.FileMode
				want error
			}{
				"readable by the group": {string(right), 0o640, ErrKeyFile},
				"readable by everybody": {string(right), 0o604, ErrKeyFile},
				"empty":                 {"", 0o600, ErrKeyFile},
				"not a keyset":          {`{"key": []}`, 0o600, ErrKeyFile},
				"cut off":               {string(right[:len(right)/2]), 0o600, ErrKeyFile},
				"of another vault":      {anotherKey(t), 0o600, ErrWrongKey},
			} {
				wrong := o
				wrong.KeyFile = filepath.Join(t.TempDir(), "kek")
				if err := os.WriteFile(wrong.KeyFile, []byte(c.text), c.mode); err != nil {
					t.Fatal(err)
				}
				if err := os.Chmod(wrong.KeyFile, c.mode); err != nil { // whatever the umask
					t.Fatal(err)
				}
				refuses(name, wrong, c.want)
			}
		}
	})
}

// anotherKey is the key file of some other vault.
func anotherKey(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kek")
	if err := makeKeyFile(path); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A refusal tells what is wrong with the key file and nothing of what is in it.
func TestRefusalsShowNoKey(t *testing.T) {
	t.Parallel()
	key := anotherKey(t)
	path := filepath.Join(t.TempDir(), "kek")
	spoilt := strings.Replace(key, "ENABLED", "SPOILT", 1)
	if err := os.WriteFile(path, []byte(spoilt), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := readKeyFile(path)
	if !errors.Is(err, ErrKeyFile) {
		t.Fatal(err)
	}
	_, value, _ := strings.Cut(key, `"value":"`)
	value, _, _ = strings.Cut(value, `"`)
	if len(value) < 20 || strings.Contains(err.Error(), value[:20]) {
		t.Errorf("the refusal is %q", err)
	}
}

// Two processes that seal for a new subject at once agree on one key.
func TestOneKeyForEach(t *testing.T) {
	t.Parallel()
	u := testdb.EmptyPostgres(t)
	if _, err := Migrate(t.Context(), u.Owner, testdb.Role(u.App)); err != nil {
		t.Fatal(err)
	}
	o := Options{URL: u.App, KeyFile: filepath.Join(t.TempDir(), "kek"), Create: true}
	vaults := []*Vault{open(t, o), open(t, o)}
	const subjects = 20
	sealed := make([][2][]byte, subjects)
	var all sync.WaitGroup
	for i := range subjects {
		for j, v := range vaults {
			all.Go(func() {
				var err error
				sealed[i][j], err = v.Seal(context.Background(), int64(i+1), "c", []byte("text"))
				if err != nil {
					t.Error(err)
				}
			})
		}
	}
	all.Wait()
	for i := range subjects {
		for j := range vaults {
			mustOpen(t, vaults[1-j], int64(i+1), "c", sealed[i][j], "text")
		}
	}
}

func TestExchangeOfTheKeyEncryptionKey(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o Options) {
		ctx := t.Context()
		v := open(t, o)
		const subjects = rewrapPage + 10 // more than one page
		for i := range int64(subjects) {
			seal(t, v, i+1, "c", "any")
		}
		sealed, index := seal(t, v, 5, "c", "text"), v.Index("c", "text")
		if err := v.Forget(ctx, 6); err != nil {
			t.Fatal(err)
		}
		old, err := os.ReadFile(o.KeyFile)
		if err != nil {
			t.Fatal(err)
		}
		if err := AddKey(o.KeyFile); err != nil {
			t.Fatal(err)
		}
		if err := v.DropOldKeys(ctx); !errors.Is(err, ErrOldKeys) {
			t.Errorf("the old key was dropped while needed: %v", err)
		}
		n, err := v.Rewrap(ctx)
		if err != nil || n != subjects-1+1 { // all but the forgotten one, and the index key
			t.Errorf("%d wrapped anew, %v", n, err)
		}
		if n, err := v.Rewrap(ctx); err != nil || n != 0 {
			t.Errorf("%d wrapped anew again, %v", n, err)
		}
		if err := v.DropOldKeys(ctx); err != nil {
			t.Fatal(err)
		}
		if err := v.Close(); err != nil {
			t.Fatal(err)
		}
		v = open(t, o)
		mustOpen(t, v, 5, "c", sealed, "text")
		mustNotOpen(t, v, 6, "c", sealed, ErrForgotten)
		if !bytes.Equal(v.Index("c", "text"), index) {
			t.Error("the index has changed")
		}
		if err := v.Close(); err != nil {
			t.Fatal(err)
		}
		// The old key opens nothing any more.
		if err := os.WriteFile(o.KeyFile, old, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(ctx, o); !errors.Is(err, ErrWrongKey) {
			t.Errorf("with the old key: %v", err)
		}
	})
}

// A process that was started before the exchange reads and writes through it.
func TestExchangeBesideARunningProcess(t *testing.T) {
	t.Parallel()
	u := testdb.EmptyPostgres(t)
	if _, err := Migrate(t.Context(), u.Owner, testdb.Role(u.App)); err != nil {
		t.Fatal(err)
	}
	o := Options{URL: u.App, KeyFile: filepath.Join(t.TempDir(), "kek"), Create: true}
	one, other := open(t, o), open(t, o)
	sealed := seal(t, one, 1, "c", "text")
	if err := AddKey(o.KeyFile); err != nil {
		t.Fatal(err)
	}
	if _, err := one.Rewrap(t.Context()); err != nil {
		t.Fatal(err)
	}
	mustOpen(t, other, 1, "c", sealed, "text")
	later := seal(t, other, 2, "c", "later")
	if err := one.DropOldKeys(t.Context()); err != nil {
		t.Fatal(err)
	}
	mustOpen(t, open(t, o), 2, "c", later, "later")
}

// What a crash in the middle leaves is finished by the next attempt.
func TestExchangeResumes(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o Options) {
		v := open(t, o)
		sealed := seal(t, v, 1, "c", "text")
		for range 3 { // the file has been changed, the vault not
			if err := AddKey(o.KeyFile); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 {
			if _, err := v.Rewrap(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := v.DropOldKeys(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		mustOpen(t, v, 1, "c", sealed, "text")
	})
}

// Plain keys are in no file of the vault's database.
func TestVaultHoldsNoPlainKey(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "v.db")
	v := open(t, Options{URL: "sqlite:" + path, KeyFile: filepath.Join(dir, "kek"), Create: true})
	seal(t, v, 1, "c", "text")
	secrets := v.secrets(t, 1)
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for what, secret := range secrets {
		if bytes.Contains(file, secret) {
			t.Errorf("%s is in the vault's file", what)
		}
	}
}

func TestCacheIsSmallAndForgets(t *testing.T) {
	t.Parallel()
	c, now := newCache(), time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	for i := range int64(cacheSize + 10) {
		c.put(i, nothing{}, now)
		c.get(0, now) // used, so kept
	}
	if len(c.keys) != cacheSize || c.order.Len() != cacheSize {
		t.Errorf("it holds %d", len(c.keys))
	}
	for subject, want := range map[int64]bool{
		0: true, 1: false, 10: false, 11: true, cacheSize: true,
	} {
		if got := c.get(subject, now) != nil; got != want {
			t.Errorf("%d is there: %v", subject, got)
		}
	}
	if c.get(11, now.Add(keptFor)) != nil || len(c.keys) != cacheSize-1 {
		t.Error("it holds a key too long")
	}
	c.drop(12)
	c.drop(12)
	if c.get(12, now) != nil {
		t.Error("it holds what was dropped")
	}
}

// nothing is a key that only lies in the cache.
type nothing struct{}

func (nothing) Encrypt(_, _ []byte) ([]byte, error) { return nil, errors.New("not a key") }
func (nothing) Decrypt(_, _ []byte) ([]byte, error) { return nil, errors.New("not a key") }
