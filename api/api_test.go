package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/clock"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/internal/outbox"
	"openlend/internal/testdb"
	"openlend/refusal"
)

var (
	update  = flag.Bool("update", false, "write api/openapi.json anew")
	morning = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
)

// house is the API with two operations of its own: boil-kettle, whose one
// effect is an event, and look-at-kettle, which everybody may.
type house struct {
	*httptest.Server

	server *server
	db     *db.DB
	wall   *clock.Manual
	log    *safeBuffer
	effect func() error // what boil-kettle does besides
}

// safeBuffer is a log that a test reads while requests write.
type safeBuffer struct {
	sync.Mutex
	bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.Lock()
	defer b.Unlock()
	return b.Buffer.Write(p)
}

type kettleID int64

func (k kettleID) String() string { return id.Format("ket", int64(k)) }

type kettle struct {
	ID   ID[kettleID] `json:"id"`
	Note string       `json:"note,omitempty"`
}

func (k kettle) resource() int64 { return int64(k.ID.Value) }

type boil struct {
	Kettle ID[kettleID] `path:"kettle"`
	Body   struct {
		Price Amount       `json:"price"`
		From  ID[kettleID] `json:"from,omitzero"`
		Heat  Rate         `json:"heat,omitzero"`
		On    Date         `json:"on,omitzero"`
		Cups  int64        `json:"cups,omitempty" minimum:"1"`
		Kind  string       `json:"kind,omitempty" enum:"green,black"`
	}
}

func newHouse(t *testing.T, d *db.DB) *house {
	t.Helper()
	key, err := access.OpenTokenKey(filepath.Join(t.TempDir(), "token.key"), true)
	if err != nil {
		t.Fatal(err)
	}
	h := &house{db: d, wall: clock.NewManual(morning), log: &safeBuffer{}}
	h.effect = func() error { return nil }
	ids := id.NewSeeded(morning)
	s := newServer(Config{
		DB: d, IDs: ids, Tokens: key, Wall: h.wall, Log: slog.New(slog.NewTextHandler(h.log, nil)),
	})
	write(s, huma.Operation{
		OperationID: "boil-kettle", Path: "/v1/kettles/{kettle}/boil", DefaultStatus: http.StatusCreated,
	}, func(ctx context.Context, tx *db.Tx, _ access.Actor, _ *boil) (kettle, error) {
		n, err := ids.Next()
		if err == nil {
			err = outbox.Write(ctx, tx, outbox.Event{ID: n, Topic: "kettle.boiled"})
		}
		return kettle{ID: idOf(kettleID(n))}, errors.Join(err, h.effect())
	})
	read(s, huma.Operation{
		OperationID: "look-at-kettle", Path: "/v1/kettles/{kettle}", Security: public(),
	}, func(_ context.Context, _ *db.Tx, _ access.Actor, in *struct {
		Kettle ID[kettleID] `path:"kettle"`
		Polish int          `query:"polish" minimum:"0"`
	}) (kettle, error) {
		return kettle{ID: in.Kettle, Note: strconv.Itoa(in.Polish)}, h.effect()
	})
	handler, err := s.handler()
	if err != nil {
		t.Fatal(err)
	}
	h.server, h.Server = s, httptest.NewServer(handler)
	t.Cleanup(h.Close)
	return h
}

func (h *house) token(t *testing.T, a access.Actor) string {
	t.Helper()
	token, err := h.server.Tokens.Issue(a, h.wall.Now(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// answer is what came back.
type answer struct {
	status  int
	header  http.Header
	body    string
	problem Problem
}

// send sends one request; headers come in pairs, a later one counts, and one
// that is "" is not sent.
func (h *house) send(t *testing.T, method, path, body string, headers ...string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, h.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Del(headers[i])
		if headers[i+1] != "" {
			r.Header.Set(headers[i], headers[i+1])
		}
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	got, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	b, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := answer{status: got.StatusCode, header: got.Header, body: string(b)}
	if got.Header.Get("Content-Type") == problemMedia {
		if err := json.Unmarshal(b, &a.problem); err != nil {
			t.Fatalf("%s: %v", b, err)
		}
	}
	return a
}

// mustBeWhole checks what every problem says of itself.
func (a answer) mustBeWhole(t *testing.T) {
	t.Helper()
	p := a.problem
	if p.Status != a.status || p.Type != problemType+p.Code ||
		p.Title != http.StatusText(p.Status) ||
		p.Detail == "" || p.RequestID == "" || p.RequestID != a.header.Get(requestHeader) {
		t.Errorf("%+v", p)
	}
}

// boil sends a good request with one thing changed.
func (h *house) boil(t *testing.T, key, body string, headers ...string) answer {
	t.Helper()
	all := append([]string{
		"Authorization", "Bearer " + h.token(t, access.Customer(7)),
		"Idempotency-Key", key, "Content-Type", "application/json",
	}, headers...)
	return h.send(t, http.MethodPost, "/v1/kettles/"+kettleID(1).String()+"/boil", body, all...)
}

func (h *house) events(t *testing.T) int64 {
	t.Helper()
	n, err := db.Read(t.Context(), h.db, func(ctx context.Context, tx *db.Tx) (int64, error) {
		return db.Value[int64](ctx, tx, "SELECT COUNT(*) FROM outbox")
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

const tea = `{"price":{"amount":"1.50","currency":"EUR"}}`

// TestRefusedByTheTransport: whatever is wrong with a request has its code and
// status, and no effect.
func TestRefusedByTheTransport(t *testing.T) {
	testdb.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		long := strings.Repeat("x", bodyLimit)
		deep := `{"price":` + strings.Repeat("[", deepest) + strings.Repeat("]", deepest) + `}`
		for _, c := range []struct {
			name, body string
			headers    []string
			status     int
			code       string
			field      string
		}{
			{"no token", tea, []string{"Authorization", ""}, 401, "access.token", ""},
			{"no bearer", tea, []string{"Authorization", "Basic eDp5"}, 401, "access.token", ""},
			{"bad token", tea, []string{"Authorization", "Bearer x.y.z"}, 401, "access.token", ""},
			{"no key", tea, []string{"Idempotency-Key", ""}, 400, "api.idempotency_key", "Idempotency-Key"},
			{"long key", tea, []string{"Idempotency-Key", strings.Repeat("k", 256)}, 400, "api.idempotency_key", "Idempotency-Key"},
			{"key with a space", tea, []string{"Idempotency-Key", "a b"}, 400, "api.idempotency_key", "Idempotency-Key"},
			{"XML", "<tea/>", []string{"Content-Type", "application/xml"}, 415, "api.media_type", "Content-Type"},
			{"no type", tea, []string{"Content-Type", ""}, 415, "api.media_type", "Content-Type"},
			{"Latin-1", tea, []string{"Content-Type", "application/json; charset=latin1"}, 415, "api.media_type", "Content-Type"},
			{"gzip", tea, []string{"Content-Encoding", "gzip"}, 415, "api.media_type", "Content-Type"},
			{"nothing", "", nil, 400, "api.json", ""},
			{"a list", "[" + tea + "]", nil, 400, "api.json", ""},
			{"broken", tea[:20], nil, 400, "api.json", ""},
			{"two", tea + tea, nil, 400, "api.json", ""},
			{"no UTF-8", `{"price":"` + "\xff" + `"}`, nil, 400, "api.json", ""},
			{"NaN", `{"cups":NaN}`, nil, 400, "api.json", ""},
			{"deep", deep, nil, 400, "api.json", ""},
			{"twice", `{"cups":1,"cups":2}`, nil, 400, "api.duplicate_field", "cups"},
			{"twice, spelled apart", `{"cups":1,"\u0063ups":2}`, nil, 400, "api.duplicate_field", "cups"},
			{"twice inside", `{"price":{"amount":"1","currency":"EUR","amount":"2"}}`, nil, 400, "api.duplicate_field", "amount"},
			{"large", `{"kind":"` + long + `"}`, nil, 413, "api.too_large", ""},
			{"missing", `{}`, nil, 422, "api.invalid", "price"},
			{"missing inside", `{"price":{"currency":"EUR"}}`, nil, 422, "api.invalid", "price.amount"},
			{"unknown", `{"price":{"amount":"1","currency":"EUR"},"id":1}`, nil, 422, "api.invalid", "id"},
			{"other casing", `{"Price":{"amount":"1","currency":"EUR"}}`, nil, 422, "api.invalid", "price"},
			{"not in the list", tea[:len(tea)-1] + `,"kind":"purple"}`, nil, 422, "api.invalid", "kind"},
			{"a number", `{"price":1.50}`, nil, 422, "api.invalid", "price"},
			{"an exponent", tea[:len(tea)-1] + `,"cups":1e309}`, nil, 422, "api.invalid", "body"},
			{"past int64", tea[:len(tea)-1] + `,"cups":9223372036854775808}`, nil, 422, "api.invalid", "body"},
			{"half a cup", tea[:len(tea)-1] + `,"cups":1.5}`, nil, 422, "api.invalid", "cups"},
			{"other kind of id", tea[:len(tea)-1] + `,"from":"cus_0000000000007"}`, nil, 422, "id.malformed", "from"},
			{"no id", tea[:len(tea)-1] + `,"from":""}`, nil, 422, "api.invalid", "from"},
			{"no rate", tea[:len(tea)-1] + `,"heat":"12%"}`, nil, 422, "money.syntax", "heat"},
			{"no date", tea[:len(tea)-1] + `,"on":"2026-02-30"}`, nil, 422, "calendar.date", "on"},
			{"too fine", strings.Replace(tea, "1.50", "0.001", 1), nil, 422, "money.precision", "price.amount"},
			{"wide digits", strings.Replace(tea, "1.50", "１００", 1), nil, 422, "money.syntax", "price.amount"},
			{"comma", strings.Replace(tea, "1.50", "1,00", 1), nil, 422, "money.syntax", "price.amount"},
			{"NaN as text", strings.Replace(tea, "1.50", "NaN", 1), nil, 422, "money.syntax", "price.amount"},
			{"exponent as text", strings.Replace(tea, "1.50", "1e309", 1), nil, 422, "money.syntax", "price.amount"},
			{"too much", strings.Replace(tea, "1.50", "9223372036854775808", 1), nil, 422, "money.overflow", "price.amount"},
			{"no currency", strings.Replace(tea, "EUR", "ABC", 1), nil, 422, "money.currency_unknown", "price.currency"},
		} {
			a := h.boil(t, "once", c.body, c.headers...)
			if a.status != c.status || a.problem.Code != c.code || a.problem.Field != c.field {
				t.Errorf("%s: %d %s %q %q, want %d %s %q", c.name, a.status, a.problem.Code,
					a.problem.Field, a.problem.Detail, c.status, c.code, c.field)
			}
			a.mustBeWhole(t)
			if strings.Contains(a.body, "1e309") || strings.Contains(a.body, "purple") ||
				strings.Contains(a.body, "xxx") {
				t.Errorf("%s: the value is repeated: %s", c.name, a.body)
			}
		}
		if n := h.events(t); n != 0 {
			t.Errorf("%d effects of refused requests", n)
		}
		if h.log.Len() > 0 {
			t.Errorf("a client's mistake is no fault of ours: %s", h.log.String())
		}
	})
}

// TestAddresses: what is not declared is not there.
func TestAddresses(t *testing.T) {
	h := newHouse(t, testdb.Open(t, db.Options{URL: testdb.SQLite(t)}))
	kettle := "/v1/kettles/" + kettleID(1).String()
	for _, c := range []struct {
		method, path string
		status       int
		code         string
	}{
		{http.MethodGet, kettle, 200, ""},
		{http.MethodHead, kettle, 200, ""},
		{http.MethodGet, kettle + "?polish=2", 200, ""},
		{http.MethodGet, kettle + "?polish=2&polish=3", 400, "api.duplicate_query"},
		{http.MethodGet, kettle + "?polish=2&%70olish=3", 400, "api.duplicate_query"},
		{http.MethodGet, kettle + "?polish=1;--", 400, "api.query"},
		{http.MethodGet, kettle + "?sort=1", 422, "api.invalid"},
		{http.MethodGet, kettle + "?Polish=1", 422, "api.invalid"},
		{http.MethodGet, "/v1/kettles/1", 422, "id.malformed"},
		{http.MethodGet, "/v1/kettles/cus_0000000000007", 422, "id.malformed"},
		{http.MethodDelete, kettle, 405, "api.method"},
		{http.MethodTrace, kettle, 405, "api.method"},
		{http.MethodOptions, kettle, 405, "api.method"},
		{http.MethodGet, kettle + "/boil", 405, "api.method"},
		{http.MethodGet, "/v1/pots", 404, "api.path.not_found"},
		{http.MethodGet, "/debug/pprof/", 404, "api.path.not_found"},
		{http.MethodGet, "/metrics", 404, "api.path.not_found"},
		{http.MethodGet, "/.git/config", 404, "api.path.not_found"},
		{http.MethodGet, "/openapi.yaml", 404, "api.path.not_found"},
		{http.MethodGet, "/livez", 200, ""},
		{http.MethodGet, "/readyz", 200, ""},
		{http.MethodGet, "/docs", 200, ""},
		{http.MethodGet, "/", 303, ""},
	} {
		a := h.send(t, c.method, c.path, "")
		if a.status != c.status || a.problem.Code != c.code {
			t.Errorf("%s %s: %d %s", c.method, c.path, a.status, a.body)
		}
		for name := range headers {
			if a.header.Get(name) == "" {
				t.Errorf("%s %s has no %s", c.method, c.path, name)
			}
		}
		if allow := a.header.Get("Allow"); c.status == 405 && allow != "GET" && allow != "POST" {
			t.Errorf("%s %s: Allow %q", c.method, c.path, allow)
		}
	}
}

// TestETag: a public answer is sent once, until it changes.
func TestETag(t *testing.T) {
	h := newHouse(t, testdb.Open(t, db.Options{URL: testdb.SQLite(t)}))
	for _, path := range []string{
		"/v1/kettles/" + kettleID(1).String(), "/openapi.json", "/docs", "/docs/docs.js", "/docs/docs.css",
	} {
		first := h.send(t, http.MethodGet, path, "")
		tag := first.header.Get("ETag")
		again := h.send(t, http.MethodGet, path, "", "If-None-Match", tag)
		if tag == "" || first.status != 200 || again.status != 304 || again.body != "" {
			t.Errorf("%s: %d %q, then %d %q", path, first.status, tag, again.status, again.body)
		}
		other := h.send(t, http.MethodGet, path, "", "If-None-Match", `"other"`)
		if other.status != 200 || other.body != first.body {
			t.Errorf("%s: %d", path, other.status)
		}
	}
}

// TestKey: one key, one effect, one answer, to the byte.
func TestKey(t *testing.T) {
	testdb.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		answers := make([]answer, 50)
		var all sync.WaitGroup
		for i := range answers {
			all.Go(func() { answers[i] = h.boil(t, "tea", tea) })
		}
		all.Wait()
		fresh := 0
		for _, a := range answers {
			if a.status != http.StatusCreated || a.body != answers[0].body {
				t.Errorf("%d %s", a.status, a.body)
			}
			if a.header.Get(replayedHeader) == "" {
				fresh++
			}
		}
		if fresh != 1 || h.events(t) != 1 {
			t.Errorf("%d fresh answers, %d effects", fresh, h.events(t))
		}
		// "1.5" and "1.50" are one amount; white space and order are no difference.
		same := h.boil(t, "tea", ` { "price" : {"currency":"EUR","amount":"1.5"} } `)
		if same.body != answers[0].body || same.header.Get(replayedHeader) != "true" {
			t.Errorf("%+v", same)
		}
		other := h.boil(t, "tea", strings.Replace(tea, "1.50", "1.51", 1))
		if other.status != 422 || other.problem.Code != "idem.key_reused" {
			t.Errorf("%+v", other)
		}
		theirs := h.boil(t, "tea", tea, "Authorization", "Bearer "+h.token(t, access.Customer(8)))
		if theirs.status != 201 || theirs.body == answers[0].body || h.events(t) != 2 {
			t.Errorf("another's key: %+v", theirs)
		}
		mine := []string{"Authorization", "Bearer " + h.token(t, access.Customer(7))}
		asked := h.send(t, http.MethodGet, "/v1/operations/tea", "", mine...)
		want := `{"operation":"boil-kettle","status":201,"answer":` +
			strings.TrimSpace(answers[0].body) + "}\n"
		if asked.status != 200 || asked.body != want {
			t.Errorf("%d %s, want %s", asked.status, asked.body, want)
		}
		if a := h.send(t, http.MethodGet, "/v1/operations/coffee", "", mine...); a.status != 404 {
			t.Errorf("%+v", a)
		}
	})
}

// TestErrors: a refusal keeps its code, a fault shows nothing, a panic ends one
// request; none of them leaves an effect.
func TestErrors(t *testing.T) {
	const secret = "SELECT iban FROM customer WHERE name = 'Ada'"
	testdb.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		for i, c := range []struct {
			err    error
			status int
			code   string
			logged bool
		}{
			{refusal.New("kettle.not_found", "m"), 404, "kettle.not_found", false},
			{refusal.New("kettle.invalid_state", "m"), 409, "kettle.invalid_state", false},
			{refusal.New("kettle.four_eyes", "m"), 403, "kettle.four_eyes", false},
			{refusal.New("kettle.empty", "m").In("kettle"), 422, "kettle.empty", false},
			{access.ErrForbidden, 403, "access.forbidden", false},
			{access.ErrNotYours, 404, "access.not_found", false},
			{db.ErrBusy, 503, "db.busy", true},
			{db.ErrDiskFull, 503, "db.disk_full", true},
			{db.ErrReadOnly, 500, "api.fault", true},
			{refusal.New("outbox.limit", secret), 500, "api.fault", true},
			{errors.New(secret), 500, "api.fault", true},
		} {
			h.effect = func() error { return c.err }
			a := h.boil(t, strconv.Itoa(i), tea)
			if a.status != c.status || a.problem.Code != c.code || strings.Contains(a.body, "SELECT") {
				t.Errorf("%v: %d %s", c.err, a.status, a.body)
			}
			if retry := a.header.Get("Retry-After"); (c.status == 503) != (retry != "") {
				t.Errorf("%v: Retry-After %q", c.err, retry)
			}
			if logged := strings.Contains(h.log.String(), a.problem.RequestID); logged != c.logged {
				t.Errorf("%v: in the log: %v", c.err, logged)
			}
		}
		h.effect = func() error { panic(secret) }
		a := h.send(t, http.MethodGet, "/v1/kettles/"+kettleID(1).String(), "")
		if a.status != 500 || a.problem.Code != "api.fault" || strings.Contains(a.body, "SELECT") ||
			!strings.Contains(h.log.String(), a.problem.RequestID) {
			t.Errorf("a panic: %d %s", a.status, a.body)
		}
		h.effect = func() error { return nil }
		if n := h.events(t); n != 0 {
			t.Errorf("%d effects", n)
		}
		if a := h.boil(t, "at-last", tea); a.status != 201 {
			t.Errorf("after all that: %d %s", a.status, a.body)
		}
	})
}

// TestOutcomeUnknown: a commit whose answer was lost is never told as failed.
func TestOutcomeUnknown(t *testing.T) {
	h := newHouse(t, testdb.Open(t, db.Options{URL: testdb.SQLite(t)}))
	for _, lost := range []error{db.ErrOutcomeUnknown, context.DeadlineExceeded, context.Canceled} {
		h.effect = func() error { return lost }
		a := h.boil(t, "tea/1", tea)
		if a.status != 503 || a.problem.Code != outcomeUnknown || a.header.Get("Retry-After") == "" ||
			a.problem.Operation != "/v1/operations/tea%2F1" {
			t.Errorf("%v: %d %s", lost, a.status, a.body)
		}
	}
	h.effect = func() error { return nil }
	made := h.boil(t, "tea/1", tea)
	a := h.send(t, http.MethodGet, "/v1/operations/tea%2F1", "",
		"Authorization", "Bearer "+h.token(t, access.Customer(7)))
	told := strings.Contains(a.body, strings.TrimSpace(made.body))
	if made.status != 201 || a.status != 200 || !told {
		t.Errorf("%d %s, then %d %s", made.status, made.body, a.status, a.body)
	}
}

// TestBusy: whoever finds no place is told to come again; the health of the
// process is told all the same, and a place is free again when its request ends.
func TestBusy(t *testing.T) {
	h := newHouse(t, testdb.Open(t, db.Options{URL: testdb.SQLite(t)}))
	kettle := "/v1/kettles/" + kettleID(1).String()
	for range cap(h.server.places) {
		h.server.places <- struct{}{}
	}
	a := h.send(t, http.MethodGet, kettle, "")
	if a.status != 503 || a.problem.Code != "api.busy" || a.header.Get("Retry-After") == "" {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a := h.send(t, http.MethodGet, "/livez", ""); a.status != 200 {
		t.Errorf("%d %s", a.status, a.body)
	}
	<-h.server.places
	for range 2 {
		if a := h.send(t, http.MethodGet, kettle, ""); a.status != 200 {
			t.Errorf("%d %s", a.status, a.body)
		}
	}
}

// TestTokenRunsOut: a token is not good for longer because it was seen.
func TestTokenRunsOut(t *testing.T) {
	h := newHouse(t, testdb.Open(t, db.Options{URL: testdb.SQLite(t)}))
	bearer := []string{"Authorization", "Bearer " + h.token(t, access.Staff(access.Auditor, "ann"))}
	ask := func() int { return h.send(t, http.MethodGet, "/v1/operations/x", "", bearer...).status }
	if got := ask(); got != 404 {
		t.Errorf("%d", got)
	}
	h.wall.Advance(time.Hour - time.Second)
	if got := ask(); got != 404 {
		t.Errorf("%d", got)
	}
	h.wall.Advance(2 * time.Minute) // past the hour, the leeway of clocks and the cache
	if got := ask(); got != 401 {
		t.Errorf("%d", got)
	}
}

// TestDocument: the committed document is the one that is served, and names a
// file for each operation.
func TestDocument(t *testing.T) {
	document, err := newServer(Config{}).document()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("openapi.json", document, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	committed, err := os.ReadFile("openapi.json")
	if err != nil || !bytes.Equal(committed, document) {
		t.Errorf("%v: the document has changed; look at the difference after: "+
			"go test ./api -run TestDocument -update", err)
	}
	operations := 0
	for path, item := range newServer(Config{}).api.OpenAPI().Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put} {
			if op == nil {
				continue
			}
			operations++
			file := strings.ReplaceAll(op.OperationID, "-", "_") + ".go"
			if _, err := os.Stat(file); err != nil {
				t.Errorf("%s: %v", op.OperationID, err)
			}
			if op.Summary == "" || op.Description == "" || len(op.Tags) != 1 {
				t.Errorf("%s %s does not explain itself", op.OperationID, path)
			}
		}
	}
	if operations == 0 {
		t.Error("no operations")
	}
}
