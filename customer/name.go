package customer

import (
	"context"
	"slices"
	"strings"
	"unicode"

	"openlend/internal/crypt"
	"openlend/internal/db"
)

// NameMatches says whether the name a bank gives for a payer is the customer's
// own. Banks write capitals, other orders and no accents; anything beyond that,
// such as a second person, is another name.
func NameMatches(
	ctx context.Context, tx *db.Tx, vault *crypt.Vault, customer ID, payer string,
) (bool, error) {
	name, err := nameOf(ctx, tx, vault, customer)
	return sameName(name, payer), err
}

// nameOf opens the customer's name. Refusal: ErrNotFound.
func nameOf(ctx context.Context, tx *db.Tx, vault *crypt.Vault, customer ID) (string, error) {
	sealed, err := loadIdentity(ctx, tx, customer)
	if err != nil {
		return "", err
	}
	name, err := vault.Open(ctx, int64(customer), columnName, sealed.name)
	return string(name), err
}

// sameName compares two names as two spellings of them may differ.
func sameName(a, b string) bool {
	for _, x := range spellings(a) {
		if x != "" && slices.Contains(spellings(b), x) {
			return true
		}
	}
	return false
}

// spellings are the forms that are compared: ä as a, and ä as ae.
func spellings(name string) []string {
	return []string{plainName(name, simple), plainName(name, umlauts, simple)}
}

// plainName is a name in small letters without accents and titles, its parts
// sorted: family names stand first in some countries. Parts in Chinese are
// joined instead, since they are written with and without a space.
func plainName(name string, tables ...map[rune]string) string {
	var b strings.Builder
	chinese := false
	for _, r := range strings.ToLower(name) {
		r = narrow(r)
		chinese = chinese || unicode.Is(unicode.Han, r)
		b.WriteString(spelled(r, tables))
	}
	parts := strings.Fields(b.String())
	parts = slices.DeleteFunc(parts, func(p string) bool { return slices.Contains(titles, p) })
	if chinese {
		return strings.Join(parts, "")
	}
	slices.Sort(parts)
	return strings.Join(parts, " ")
}

func spelled(r rune, tables []map[rune]string) string {
	for _, table := range tables {
		if s, ok := table[r]; ok {
			return s
		}
	}
	switch {
	case unicode.IsMark(r), strings.ContainsRune(".'’`´·‧・", r):
		return "" // G.m.b.H., O'Neill, and accents that stand alone
	case unicode.IsLetter(r), unicode.IsDigit(r):
		return string(r)
	}
	return " "
}

// narrow turns full-width ASCII, as Chinese and Japanese banks print it, into
// plain ASCII.
func narrow(r rune) rune {
	switch {
	case r >= '！' && r <= '～':
		return unicode.ToLower(r - '！' + '!')
	case r == '\u3000':
		return ' '
	}
	return r
}

var titles = []string{"mr", "mrs", "ms", "miss", "dr", "prof", "herr", "frau", "先生", "女士"}

var umlauts = map[rune]string{'ä': "ae", 'ö': "oe", 'ü': "ue", 'å': "aa", 'ø': "oe", 'æ': "ae"}

// simple spells the letters of European alphabets without their accents.
var simple = letters(map[string]string{
	"a": "àáâãäåāăą", "ae": "æ", "c": "çćĉċč", "d": "ďđð", "e": "èéêëēĕėęě", "g": "ĝğġģ",
	"h": "ĥħ", "i": "ìíîïĩīĭįı", "j": "ĵ", "k": "ķ", "l": "ĺļľŀł", "n": "ñńņňŋ",
	"o": "òóôõöøōŏő", "oe": "œ", "r": "ŕŗř", "s": "śŝşšș", "ss": "ß", "t": "ţťŧț", "th": "þ",
	"u": "ùúûüũūŭůűų", "w": "ŵ", "y": "ýÿŷ", "z": "źżž",
})

func letters(groups map[string]string) map[rune]string {
	table := map[rune]string{}
	for plain, accented := range groups {
		for _, r := range accented {
			table[r] = plain
		}
	}
	return table
}
