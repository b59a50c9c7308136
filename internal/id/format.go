package id

import "strings"

// Crockford's base 32: the digits and capitals without I, L, O and U
// (https://www.crockford.com/base32.html).
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// digits are enough for 63 bits; the first is at most 7.
const digits = 13

// values maps a byte to its digit, or to 255. Lower case is read as upper,
// I and L as 1, O as 0: people read these aloud. U is no digit.
var values = func() (v [256]byte) {
	for i := range v {
		v[i] = 255
	}
	for i := range alphabet {
		v[alphabet[i]] = byte(i)
	}
	v['I'], v['L'], v['O'] = 1, 1, 0
	for c := 'A'; c <= 'Z'; c++ {
		v[c-'A'+'a'] = v[c]
	}
	return v
}()

// Format writes an id as the outside sees it: the prefix of its kind, "_" and
// 13 digits, as in loan_0CZ8N3W5K2Q4R. Texts of one prefix sort like the ids.
func Format(prefix string, id int64) string {
	b := make([]byte, 0, 32)
	b = append(append(b, prefix...), '_')
	for shift := 5 * (digits - 1); shift >= 0; shift -= 5 {
		b = append(b, alphabet[uint64(id)>>shift&31])
	}
	return string(b)
}

// Parse reads what Format wrote; the digits may be in lower case. Zero is no
// id: it stands for "none" inside. Refusal: ErrMalformed.
func Parse(prefix, s string) (int64, error) {
	text, ok := strings.CutPrefix(s, prefix+"_")
	if !ok || len(text) != digits || values[text[0]] > 7 {
		return 0, ErrMalformed
	}
	var id int64
	for i := range len(text) {
		v := values[text[i]]
		if v > 31 {
			return 0, ErrMalformed
		}
		id = id<<5 | int64(v)
	}
	if id == 0 {
		return 0, ErrMalformed
	}
	return id, nil
}
