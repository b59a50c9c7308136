package banksim_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"openlend/custody/banksim"
	"openlend/internal/clock"
)

var morning = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func open(t *testing.T, o banksim.Options) (*banksim.Bank, string) {
	t.Helper()
	if o.Clock == nil {
		o.Clock = clock.NewManual(morning)
	}
	b, err := banksim.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(b)
	t.Cleanup(func() {
		_ = b.Close()
		server.Close()
	})
	return b, server.URL
}

// ask makes one request and returns the status and the body.
func ask(t *testing.T, method, url, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(response.Header.Get("X-Simulator"), "no real money") {
		t.Errorf("%s %s is not labelled", method, url)
	}
	return response.StatusCode, string(text)
}

const anOrder = `{"currency":"EUR","amount":400,"to":{"name":"Anna","account":"DE1","country":"DE"},"text":"x"}`

// Every answer says that this is no bank, whatever was asked.
func TestEveryAnswerIsLabelled(t *testing.T) {
	t.Parallel()
	_, url := open(t, banksim.Options{})
	for _, c := range []struct {
		method, path, body string
		status             int
	}{
		{"POST", "/sim/pay-in", `{"currency":"EUR","amount":1000,"reference":"r","payer":{"name":"A"}}`, 200},
		{"POST", "/sim/pay-in", `{"currency":"EUR","amount":0}`, 400},
		{"POST", "/sim/pay-in", `{"currency":"EUR","amount":1,"unknown":1}`, 400},
		{"PUT", "/v1/orders/a", anOrder, 200},
		{"PUT", "/v1/orders/a", strings.Replace(anOrder, "400", "401", 1), 409},
		{"PUT", "/v1/orders/b", `{}`, 400},
		{"PUT", "/v1/orders/b", `{`, 400},
		{"GET", "/v1/orders/a", "", 200},
		{"GET", "/v1/orders/b", "", 404},
		{"GET", "/v1/accounts/EUR/lines?after=0&limit=10", "", 200},
		{"GET", "/v1/accounts/EUR/lines?after=-1&limit=10", "", 400},
		{"GET", "/v1/accounts/EUR/lines", "", 400},
		{"GET", "/v1/accounts/EUR/balance", "", 200},
		{"POST", "/sim/orders/a/return", `{"reason":"closed"}`, 200},
		{"POST", "/sim/orders/a/return", `{"reason":"closed"}`, 409},
		{"POST", "/sim/orders/b/settle", `{}`, 404},
		{"POST", "/sim/orders/a/eat", `{}`, 400},
		{"POST", "/sim/faults", `[{"on":"find","kind":"error"}]`, 200},
		{"GET", "/v1/orders/a", "", 500},
		{"DELETE", "/sim/faults", "", 200},
	} {
		status, body := ask(t, c.method, url+c.path, c.body)
		var read struct {
			Simulator string `json:"simulator"`
		}
		if err := json.Unmarshal([]byte(body), &read); err != nil || status != c.status ||
			!strings.Contains(read.Simulator, "no real money") {
			t.Errorf("%s %s: %d %s, %v", c.method, c.path, status, body, err)
		}
	}
	status, page := ask(t, "GET", url+"/", "")
	if status != 200 || !strings.Contains(page, "SIMULATOR") || !strings.Contains(page, "returned") {
		t.Errorf("%d %s", status, page)
	}
}

func TestTokenIsNeeded(t *testing.T) {
	t.Parallel()
	_, url := open(t, banksim.Options{Token: "secret"})
	for _, path := range []string{"/v1/orders/a", "/v1/accounts/EUR/balance"} {
		if status, _ := ask(t, "GET", url+path, ""); status != http.StatusUnauthorized {
			t.Errorf("%s: %d", path, status)
		}
	}
}

// A page of another site cannot make a browser pay in: it cannot send JSON.
func TestFormsAreRefused(t *testing.T) {
	t.Parallel()
	b, url := open(t, banksim.Options{})
	response, err := http.Post(url+"/sim/pay-in", "text/plain",
		strings.NewReader(`{"currency":"EUR","amount":1000}`))
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusUnsupportedMediaType || b.Balance("EUR") != 0 {
		t.Errorf("%d, the bank has %d", response.StatusCode, b.Balance("EUR"))
	}
}

// A simulator that was killed goes on where it was; a half-written last line was
// never answered.
func TestRestart(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "bank.jsonl")
	wall := clock.NewManual(morning)
	o := banksim.Options{File: file, Clock: wall, SettleAfter: time.Hour}
	before, url := open(t, o)
	if _, err := before.PayIn(banksim.PayIn{Currency: "EUR", Amount: 1_000, Reference: "r"}); err != nil {
		t.Fatal(err)
	}
	ask(t, "PUT", url+"/v1/orders/a", anOrder)
	ask(t, "PUT", url+"/v1/orders/b", anOrder)
	if err := before.Settle("a"); err != nil {
		t.Fatal(err)
	}
	if err := before.Return("a", "closed"); err != nil {
		t.Fatal(err)
	}
	half, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = half.WriteString(`{"at":"2026-03-02T09:00:00Z","paid_in":{"curr`)
	_ = half.Close()
	after, _ := open(t, o)
	if !reflect.DeepEqual(before.Orders(), after.Orders()) ||
		!reflect.DeepEqual(before.Lines("EUR"), after.Lines("EUR")) || after.Balance("EUR") != 1_000 {
		t.Errorf("%+v and %+v", before.Orders(), after.Orders())
	}
	wall.Advance(2 * time.Hour)
	after.Deliver(t.Context())
	again, _ := open(t, o)
	orders := again.Orders()
	if len(orders) != 2 || orders[1].Status != "settled" || orders[1].Line != 4 ||
		again.Balance("EUR") != 600 {
		t.Errorf("%+v, %d", orders, again.Balance("EUR"))
	}
	if err := os.WriteFile(file, []byte("not JSON\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := banksim.Open(o); err == nil {
		t.Error("a file of something else was read")
	}
}

// The bank pays nothing that is not there.
func TestInsufficientFunds(t *testing.T) {
	t.Parallel()
	b, url := open(t, banksim.Options{})
	ask(t, "PUT", url+"/v1/orders/a", anOrder)
	if o := b.Orders()[0]; o.Status != "rejected" || o.Reason != "insufficient funds" {
		t.Errorf("%+v", o)
	}
	if len(b.Lines("EUR")) != 0 || b.Balance("EUR") != 0 {
		t.Errorf("%+v", b.Lines("EUR"))
	}
}

// Faults come in their order, so often, and to whom they are meant for.
func TestFaults(t *testing.T) {
	t.Parallel()
	b, url := open(t, banksim.Options{})
	b.Script(banksim.Fault{On: "find", Kind: "error", Times: 2, Pass: 1, RequestNo: "a"},
		banksim.Fault{On: "find", Kind: "html"})
	for i, c := range []struct {
		no     string
		status int
	}{
		{"a", 404}, {"a", 500}, {"b", 200 /* the page */}, {"b", 404}, {"a", 500}, {"a", 404},
	} {
		if status, _ := ask(t, "GET", url+"/v1/orders/"+c.no, ""); status != c.status {
			t.Errorf("request %d: %d, not %d", i, status, c.status)
		}
	}
	for range 3 {
		if _, err := b.PayIn(banksim.PayIn{Currency: "EUR", Amount: 10}); err != nil {
			t.Fatal(err)
		}
	}
	for kind, want := range map[string]string{
		"duplicate": "1:10 2:10 3:10 1:10 2:10 3:10 ", "reorder": "3:10 2:10 1:10 ",
		"omit": "1:10 2:10 ", "alter": "1:10 2:10 3:11 ", "delay": "1:10 2:10 3:10 ",
	} {
		b.Script(banksim.Fault{On: "lines", Kind: kind, DelayMS: 1})
		if got := lines(t, url); got != want {
			t.Errorf("%s: %s, not %s", kind, got, want)
		}
	}
	if got := lines(t, url); got != "1:10 2:10 3:10 " {
		t.Errorf("and then: %s", got)
	}
}

func lines(t *testing.T, url string) string {
	t.Helper()
	_, body := ask(t, "GET", url+"/v1/accounts/EUR/lines?after=0&limit=10", "")
	var read struct {
		Lines []struct {
			Line   json.Number `json:"line"`
			Amount json.Number `json:"amount"`
		} `json:"lines"`
	}
	if err := json.Unmarshal([]byte(body), &read); err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, l := range read.Lines {
		text.WriteString(l.Line.String() + ":" + l.Amount.String() + " ")
	}
	return text.String()
}
