package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

const (
	bodyLimit = 64 << 10 // bytes of a body, where the operation says nothing else
	deepest   = 32       // objects and lists in one another
)

// nul is what PostgreSQL keeps in no text.
const nul = "\x00"

// once are the headers that decide who asks for what.
var once = []string{"Authorization", "Content-Type", keyHeader}

// strictHeaders refuses a request with one of them twice: two programs on the way
// may each believe another of them.
func (s *server) strictHeaders(ctx huma.Context, next func(huma.Context)) {
	r, _ := humago.Unwrap(ctx)
	for _, name := range once {
		if len(r.Header.Values(name)) > 1 {
			s.refuse(ctx, ErrDuplicateHead.In(name))
			return
		}
	}
	next(ctx)
}

// strictAddress refuses a query with one parameter twice, for the same reason, and
// texts that cannot be kept. Unknown parameters are refused by the schema.
func (s *server) strictAddress(ctx huma.Context, next func(huma.Context)) {
	r, _ := humago.Unwrap(ctx)
	if strings.Contains(r.URL.Path, nul) {
		s.refuse(ctx, ErrNUL)
		return
	}
	if r.URL.RawQuery != "" {
		query, err := url.ParseQuery(r.URL.RawQuery)
		if err != nil {
			s.refuse(ctx, ErrQuery)
			return
		}
		for name, values := range query {
			if len(values) > 1 {
				s.refuse(ctx, ErrDuplicateQuery.In(name))
				return
			}
			if strings.Contains(values[0], nul) {
				s.refuse(ctx, ErrNUL.In(name))
				return
			}
		}
	}
	next(ctx)
}

// strictBody reads the body of a write whole and refuses what is not one plain
// JSON object of reasonable size, before anything is decoded from it.
func (s *server) strictBody(limit int64) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		r, w := humago.Unwrap(ctx)
		body, err := readBody(w, r, limit)
		if err == nil && ctx.Operation().RequestBody != nil {
			err = checkBody(r.Header, body)
		} else if err == nil && len(body) > 0 && string(body) != "{}" {
			err = ErrNoBody
		}
		if err != nil {
			s.refuse(ctx, err)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		next(ctx)
	}
}

func readBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return nil, ErrTooLarge.With("%d bytes at most", limit)
	}
	if slow, isNet := errors.AsType[net.Error](err); isNet && slow.Timeout() {
		return nil, ErrSlow
	}
	if err != nil { // the client went away, or broke its own encoding
		return nil, ErrJSON
	}
	return body, nil
}

// checkBody refuses a body that is not one JSON object, or that says two things
// under one name. Refusals: ErrMediaType, ErrJSON, ErrDuplicateField, ErrNUL.
func checkBody(header http.Header, body []byte) error {
	kind, parameters, err := mime.ParseMediaType(header.Get("Content-Type"))
	charset, named := parameters["charset"]
	switch {
	case err != nil, kind != "application/json", header.Get("Content-Encoding") != "",
		named && charset != "utf-8" && charset != "UTF-8":
		return ErrMediaType
	case !utf8.Valid(body):
		return ErrJSON.With("it is not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if first, err := d.Token(); err != nil || first != json.Delim('{') {
		return ErrJSON
	}
	if err := checkObject(d, 1); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return ErrJSON.With("something follows it")
	}
	return nil
}

// checkObject reads an object whose brace has been read to its end.
func checkObject(d *json.Decoder, depth int) error {
	seen := map[string]bool{}
	for d.More() {
		token, err := d.Token()
		name, isName := token.(string)
		switch {
		case err != nil || !isName:
			return ErrJSON
		case seen[name]:
			return ErrDuplicateField.In(name)
		case strings.Contains(name, nul):
			return ErrNUL
		}
		seen[name] = true
		if err := checkValue(d, depth); err != nil {
			return err
		}
	}
	return closed(d)
}

func checkValue(d *json.Decoder, depth int) error {
	token, err := d.Token()
	if err != nil {
		return ErrJSON
	}
	if text, isText := token.(string); isText && strings.Contains(text, nul) {
		return ErrNUL
	}
	delim, nested := token.(json.Delim)
	switch {
	case !nested:
		return nil
	case depth >= deepest:
		return ErrJSON.With("it is nested deeper than %d", deepest)
	case delim == '{':
		return checkObject(d, depth+1)
	}
	for d.More() {
		if err := checkValue(d, depth+1); err != nil {
			return err
		}
	}
	return closed(d)
}

func closed(d *json.Decoder) error {
	if _, err := d.Token(); err != nil {
		return ErrJSON
	}
	return nil
}
