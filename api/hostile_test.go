package api

import (
	"net/http"
	"strings"
	"testing"

	"openlend/access"
	"openlend/internal/db"
	"openlend/internal/testdb"
)

// TestSaidTwice: a header that decides something is said once, or whoever stands
// before us may have believed the other one.
func TestSaidTwice(t *testing.T) {
	h := newHouse(t, testdb.Open(t, db.Options{URL: testdb.SQLite(t)}))
	path := "/v1/kettles/" + kettleID(1).String()
	for name, other := range map[string]string{
		"Idempotency-Key": "another", "Content-Type": "text/plain",
		"Authorization": "Bearer " + h.token(t, access.Customer(8)),
	} {
		for _, first := range []bool{true, false} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.URL+path+"/boil",
				strings.NewReader(tea))
			if err != nil {
				t.Fatal(err)
			}
			r.Header = http.Header{
				"Idempotency-Key": {"one"}, "Content-Type": {"application/json"},
				"Authorization": {"Bearer " + h.token(t, access.Customer(7))},
			}
			r.Header[name] = append(r.Header[name], other)
			if first {
				r.Header[name][0], r.Header[name][1] = r.Header[name][1], r.Header[name][0]
			}
			got, err := h.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			if err := got.Body.Close(); err != nil || got.StatusCode != http.StatusBadRequest {
				t.Errorf("two of %s: %d, %v", name, got.StatusCode, err)
			}
		}
	}
	if n := h.events(t); n != 0 {
		t.Errorf("%d effects", n)
	}
}

// TestNUL: PostgreSQL keeps no text with the character U+0000, so none comes in.
func TestNUL(t *testing.T) {
	h := newHouse(t, testdb.Open(t, db.Options{URL: testdb.SQLite(t)}))
	path := "/v1/kettles/" + kettleID(1).String()
	for name, a := range map[string]answer{
		"value":  h.boil(t, "nul-1", `{"price":{"amount":"1\u0000","currency":"EUR"}}`),
		"name":   h.boil(t, "nul-2", strings.Replace(tea, "price", `price\u0000`, 1)),
		"listed": h.boil(t, "nul-3", `{"price":["\u0000"]}`),
		"query":  h.send(t, http.MethodGet, path+"?polish=%00", ""),
		"path":   h.send(t, http.MethodGet, path+"%00", ""),
	} {
		if a.status != http.StatusBadRequest || a.problem.Code != "api.nul" {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
}

// TestNothingIsRepeated: what a client sent wrongly may be what he wanted kept to
// himself, and as long as he likes.
func TestNothingIsRepeated(t *testing.T) {
	h := newHouse(t, testdb.Open(t, db.Options{URL: testdb.SQLite(t)}))
	for field, body := range map[string]string{
		"on":             tea[:len(tea)-1] + `,"on":"canary"}`,
		"heat":           tea[:len(tea)-1] + `,"heat":"canary"}`,
		"from":           tea[:len(tea)-1] + `,"from":"canary"}`,
		"kind":           tea[:len(tea)-1] + `,"kind":"canary"}`,
		"price.amount":   strings.Replace(tea, "1.50", "canary", 1),
		"price.currency": strings.Replace(tea, "EUR", "cry", 1),
	} {
		a := h.boil(t, "wrong-"+field, body)
		if a.status != http.StatusUnprocessableEntity || a.problem.Field != field ||
			strings.Contains(a.body, "canary") || strings.Contains(a.body, "cry") {
			t.Errorf("%s: %d %s", field, a.status, a.body)
		}
	}
	if strings.Contains(h.log.String(), "canary") {
		t.Error("the log repeats it")
	}
}
