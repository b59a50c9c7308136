package backup

import (
	"encoding/base64"
	"encoding/json"
	"unicode/utf8"
)

// encodable says whether JSON can carry the row: it would change broken UTF-8.
func encodable(row []any) bool {
	for _, v := range row {
		if text, isText := v.(string); isText && !utf8.ValidString(text) {
			return false
		}
	}
	return true
}

// decode turns a value of a line back into what the table gave.
func decode(kind string, raw any) (any, error) {
	switch v := raw.(type) {
	case nil:
		return raw, nil // NULL
	case json.Number:
		if n, err := v.Int64(); err == nil && kind == "BIGINT" {
			return n, nil
		}
	case bool:
		if kind == "BOOLEAN" {
			return v, nil
		}
	case string:
		if kind == "TEXT" {
			return v, nil
		}
		if kind == "BYTEA" {
			// never nil: an empty value is not NULL
			out := make([]byte, base64.StdEncoding.DecodedLen(len(v)))
			n, err := base64.StdEncoding.Decode(out, []byte(v))
			if err == nil {
				return out[:n], nil
			}
		}
	}
	return nil, ErrDamaged.With("a value does not fit its column")
}
