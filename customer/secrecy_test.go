package customer

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"openlend/calendar"
	"openlend/internal/backup"
	"openlend/internal/db"
)

// Neither the database's file nor a copy of it holds a word of personal data, nor
// a key in any form: not of a customer, not of the index, not the one that wraps
// them, not even wrapped.
func TestDatabaseHoldsNeitherPersonalDataNorKeys(t *testing.T) {
	t.Parallel()
	each(t, func(o *office) {
		in := NewCustomer{Kind: Person, Borrower: true, Identity: Identity{
			Name: "Zhuangzi Quetzalcoatl", BirthOn: calendar.MustParseDate("1949-12-31"),
			Country: "CN", NationalID: "11010519491231002X",
			Contact: Contact{Phone: "+8613800138000", Email: "Quetzal@Example.net",
				Address: "Xizhimenwai 27, Beijing"}}}
		c := o.register(in)
		document := card(in)
		document.Kind, document.Number, document.ExpiresOn = Passport, "E99887766", 0
		o.submit(self(c), c.ID, document)
		o.runChecks()
		bank := account(c.ID)
		bank.Holder = in.Name
		a := o.addAccount(self(c), bank)
		o.verifyAccount(a.ID, 0)
		terms := o.publish(TermsBorrow, 1, "en", "These very terms")
		o.accept(c, terms) // from 2001:db8::7
		if _, err := o.reveal(compliance, c.ID, PurposeCheck); err != nil {
			t.Fatal(err)
		}
		do(o, func(ctx context.Context, tx *db.Tx) (Customer, error) {
			return ChangeContact(ctx, tx, o.ids, o.vault, self(c), NewContact{c.ID, Contact{
				Phone: "+441632960961", Email: "new@quetzal.example", Address: "Albemarle Street 21"}})
		})
		o.freeze(c.ID)
		if o.get(c.ID).VerifiedAt.IsZero() {
			t.Fatal("he was not verified: the test looks at too little")
		}

		secrets := o.keyBytes(c.ID)
		for _, text := range []string{"Zhuangzi", "Quetzal", "quetzal", "1949-12-31", "19491231",
			"110105", "13800138000", "Xizhimenwai", "E99887766", "DE8937", "3704004405",
			"2001:db8", "1632960961", "Albemarle"} {
			secrets[text] = []byte(text)
		}
		for place, content := range o.copies() {
			for _, word := range []string{"staff:carla", "These very terms", "suspected fraud"} {
				if !bytes.Contains(content, []byte(word)) {
					t.Fatalf("%s does not hold %q: the test looks at the wrong place", place, word)
				}
			}
			for what, secret := range secrets {
				if bytes.Contains(content, secret) {
					t.Errorf("%s holds %s", place, what)
				}
			}
		}
	})
}

// copies are the database as others can get hold of it: a backup, and on SQLite
// its files.
func (o *office) copies() map[string][]byte {
	o.Helper()
	dir := filepath.Join(o.TempDir(), "backup")
	if _, err := backup.Take(o.Context(), o.db, dir, morning, nil); err != nil {
		o.Fatal(err)
	}
	found := map[string][]byte{}
	for _, name := range o.filesIn(dir) {
		found["the backup"] = append(found["the backup"], o.unpacked(name)...)
	}
	if path, isFile := strings.CutPrefix(o.url, "sqlite:"); isFile {
		for _, name := range o.filesIn(filepath.Dir(path)) {
			content, err := os.ReadFile(name)
			if err != nil {
				o.Fatal(err)
			}
			found["the file"] = append(found["the file"], content...)
		}
	}
	return found
}

func (o *office) filesIn(dir string) (names []string) {
	o.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		o.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, filepath.Join(dir, e.Name()))
	}
	return names
}

// unpacked is a file of a backup, with everything that stands in base64 in it
// decoded after it.
func (o *office) unpacked(name string) []byte {
	o.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		o.Fatal(err)
	}
	if !strings.HasSuffix(name, ".gz") {
		return content
	}
	r, err := gzip.NewReader(bytes.NewReader(content))
	if err != nil {
		o.Fatal(err)
	}
	if content, err = io.ReadAll(r); err != nil {
		o.Fatal(err)
	}
	all := bytes.Clone(content)
	for line := range bytes.Lines(content) {
		var values []any
		if err := json.Unmarshal(line, &values); err != nil {
			o.Fatal(err)
		}
		for _, v := range values {
			text, _ := v.(string)
			if decoded, err := base64.StdEncoding.DecodeString(text); err == nil {
				all = append(all, decoded...)
			}
		}
	}
	return all
}

// keyBytes are the plain and the wrapped bytes of every key there is.
func (o *office) keyBytes(c ID) map[string][]byte {
	o.Helper()
	must := func(err error) {
		o.Helper()
		if err != nil {
			o.Fatal(err)
		}
	}
	text, err := os.ReadFile(o.keys.KeyFile)
	must(err)
	kek, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(text)))
	must(err)
	wraps, err := aead.New(kek)
	must(err)
	vault, err := db.Open(o.Context(), db.Options{URL: o.keys.URL, ReadOnly: true})
	must(err)
	defer func() { _ = vault.Close() }()
	found := map[string][]byte{"the key-encryption key": secretOf(kek)}
	for what, key := range map[string]struct{ query, name string }{
		"the customer's key": {`SELECT wrapped FROM crypt_key`, fmt.Sprintf("key/%d", c)},
		"the index key":      {`SELECT wrapped FROM crypt_index`, "index"},
	} {
		load := func(ctx context.Context, tx *db.Tx) ([]byte, error) {
			return db.Value[[]byte](ctx, tx, key.query)
		}
		wrapped, err := db.Read(o.Context(), vault, load)
		must(err)
		handle, err := keyset.ReadWithAssociatedData(
			keyset.NewBinaryReader(bytes.NewReader(wrapped)), wraps, []byte(key.name))
		must(err)
		found[what], found[what+", wrapped"] = secretOf(handle), wrapped
	}
	return found
}

// secretOf is the last 16 bytes of a keyset's first key, which are the key's own.
func secretOf(handle *keyset.Handle) []byte {
	value := insecurecleartextkeyset.KeysetMaterial(handle).GetKey()[0].GetKeyData().GetValue()
	return value[len(value)-16:]
}
