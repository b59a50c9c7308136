package api

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
)

// setUpHuma sets what huma keeps in variables of its package: the problems it
// answers with are ours, and a field has one spelling.
var setUpHuma = sync.OnceFunc(func() {
	huma.ValidateStrictCasing = true
	huma.NewErrorWithContext = humaProblem
	huma.NewError = func(status int, message string, errs ...error) huma.StatusError {
		return humaProblem(nil, status, message, errs...)
	}
})

const about = `People and companies apply for loans, lenders fund them in small shares, and every
repayment reaches every lender to the cent.

**Amounts** are decimal strings with their currency, **rates** decimal strings (0.12 is 12 %),
**dates** civil dates, **identifiers** a prefix and 13 digits.

**Writes** need a header Idempotency-Key of your own choice, 1 to 255 visible ASCII characters.
The same request with the same key has one effect and gets the same answer again, for 72 hours at
least; another request with that key is refused with 422. When the answer does not come, or is 503
outcome_unknown, send the same request with the same key again, or ask
GET /v1/operations/{key}.

**Refusals** are problem documents (RFC 9457). Their code is stable; a refused request has changed
nothing.

**Lists** are read page by page: give the next of one answer as after of the next request.`

// humaConfig is the document's frame. Huma's own pages are off: they load from
// other hosts.
func humaConfig() huma.Config {
	registry := huma.NewMapRegistry("#/components/schemas/", schemaName)
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info:    &huma.Info{Title: "openlend", Version: "1", Description: about},
			Servers: []*huma.Server{{URL: "/"}},
			Tags:    chapters,
			Components: &huma.Components{
				Schemas: registry,
				SecuritySchemes: map[string]*huma.SecurityScheme{"token": {
					Type: "http", Scheme: "bearer", BearerFormat: "JWT",
					Description: "Issued on the machine itself: openlend token --as cus_… or staff:ROLE",
				}},
			},
			Security: []map[string][]string{{"token": {}}},
		},
		Formats:                      huma.DefaultFormats, // JSON, and what is +json
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
	}
}

// schemaName names a type in the document. Those of loan have their package's name
// before them: a product of origination has one of loan in it. Those without a
// name have their operation's.
func schemaName(t reflect.Type, hint string) string {
	parts := strings.Split(huma.DefaultSchemaNamer(t, hint), "-")
	for i, part := range parts {
		parts[i] = strings.ToUpper(part[:min(1, len(part))]) + part[min(1, len(part)):]
	}
	name := strings.Join(parts, "")
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.PkgPath() == "openlend/loan" {
		name = "Loan" + name
	}
	return name
}

// public marks an operation that needs no token.
func public() []map[string][]string { return []map[string][]string{{}} }

func isPublic(op *huma.Operation) bool {
	return slices.ContainsFunc(op.Security, func(needs map[string][]string) bool {
		return len(needs) == 0
	})
}

// document is the OpenAPI document as it is served and committed.
func (s *server) document() ([]byte, error) {
	document, err := json.MarshalIndent(s.api.OpenAPI(), "", "  ")
	if err != nil {
		return nil, err
	}
	return append(document, '\n'), nil
}

// encode writes an answer as it is sent and stored.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return b.Bytes(), err
}
