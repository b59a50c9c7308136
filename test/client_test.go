package test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
)

// web keeps a connection for everybody of a crowd.
var web = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 4096}}

// client is somebody who sends requests to a node.
type client struct {
	node  *node
	token string
	id    string // of a customer
}

// as is somebody with a token of his own: staff:… or cus_….
func (n *node) as(t *testing.T, who string) *client {
	t.Helper()
	return &client{node: n, token: n.token(t, who), id: who}
}

// again is the same somebody at another process.
func (n *node) again(c *client) *client { return &client{node: n, token: c.token, id: c.id} }

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

// get is a value in the body, by the names and places on the way to it, as in
// items.0.id; "" when there is none.
func (a answer) get(path string) string {
	var v any
	if json.Unmarshal([]byte(a.body), &v) != nil {
		return ""
	}
	for name := range strings.SplitSeq(path, ".") {
		switch in := v.(type) {
		case map[string]any:
			v = in[name]
		case []any:
			var i int
			if _, err := fmt.Sscan(name, &i); err != nil || i >= len(in) {
				return ""
			}
			v = in[i]
		}
	}
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

// length is how many there are of a list in the body.
func (a answer) length(list string) (n int64) {
	for a.get(fmt.Sprintf("%s.%d", list, n)) != "" {
		n++
	}
	return n
}

var keys atomic.Int64

// send sends one request; a body makes it a write with a key of its own, unless
// key names one.
func (c *client) send(t *testing.T, method, path, key string, body any) answer {
	t.Helper()
	a, err := c.try(t, method, path, key, body)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// try is send for a node that may be gone.
func (c *client) try(t *testing.T, method, path, key string, body any) (answer, error) {
	t.Helper()
	var sent io.Reader = http.NoBody
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		sent = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(t.Context(), method, c.node.url+path, sent)
	if err != nil {
		t.Fatal(err)
	}
	r.GetBody = nil // or net/http sends a write again by itself when its link breaks
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	if method != http.MethodGet {
		if key == "" {
			key = fmt.Sprintf("test-%d", keys.Add(1))
		}
		r.Header.Set("Idempotency-Key", key)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	got, err := web.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	return answer{got.StatusCode, got.Header, string(text)}, err
}

// object is a JSON object.
type object map[string]any

func money(amount string) object { return object{"amount": amount, "currency": "EUR"} }

// cents reads euros as they are shown.
func cents(t *testing.T, euros string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(strings.Replace(euros, ".", "", 1), 10, 64)
	if err != nil {
		t.Fatalf("%q is no amount", euros)
	}
	return n
}

// euros shows cents.
func euros(cents int64) string { return fmt.Sprintf("%d.%02d", cents/100, cents%100) }

// get reads, and fails the test unless it is there.
func (c *client) get(t *testing.T, path string) answer {
	t.Helper()
	a := c.send(t, http.MethodGet, path, "", nil)
	if a.status != http.StatusOK {
		t.Fatalf("GET %s: %d %s", path, a.status, a.body)
	}
	return a
}

// post writes, and fails the test unless it has an effect.
func (c *client) post(t *testing.T, path string, body any) answer {
	t.Helper()
	a := c.send(t, http.MethodPost, path, "", body)
	if a.status != http.StatusOK && a.status != http.StatusCreated {
		t.Fatalf("POST %s: %d %s", path, a.status, a.body)
	}
	return a
}

// refused writes, and fails the test unless it is refused so.
func (c *client) refused(t *testing.T, status int, code, path string, body any) {
	t.Helper()
	a := c.send(t, http.MethodPost, path, "", body)
	if a.status != status || a.get("code") != code {
		t.Errorf("POST %s: %d %s, want %d %s", path, a.status, a.body, status, code)
	}
}
