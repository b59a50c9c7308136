package custody_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"openlend/custody"
	"openlend/custody/banksim"
	"openlend/internal/clock"
)

// wire is a client and a simulator, without a platform.
func wire(t *testing.T, o banksim.Options) (*custody.Bank, *banksim.Bank, *clock.Manual) {
	t.Helper()
	wall := clock.NewManual(morning)
	o.Clock = wall
	sim, err := banksim.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(sim)
	t.Cleanup(func() {
		_ = sim.Close()
		server.Close()
	})
	bank, err := custody.NewBank(custody.BankOptions{URL: server.URL, Clock: wall,
		Token: o.Token, Timeout: 300 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	return bank, sim, wall
}

func order(minor int64) custody.Order {
	return custody.Order{RequestNo: "pout_1", Amount: eur(minor),
		To: custody.Party{Name: "Anna", Account: "DE1", Country: "DE"}}
}

// An order sent twice is paid once; another one under its number is refused.
func TestSendIsIdempotent(t *testing.T) {
	t.Parallel()
	bank, sim, _ := wire(t, banksim.Options{Token: "secret"})
	_, err := sim.PayIn(banksim.PayIn{Currency: "EUR", Amount: 1_000})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		r, err := bank.Send(t.Context(), order(400))
		if err != nil || r.Outcome != custody.OutcomeSettled || r.Line != 2 ||
			r.Amount != eur(400) {
			t.Errorf("%+v, %v", r, err)
		}
	}
	if _, err := bank.Send(t.Context(), order(401)); !errors.Is(err, custody.ErrRefused) {
		t.Errorf("another amount: %v", err)
	}
	if sim.Balance("EUR") != 600 || len(sim.Orders()) != 1 {
		t.Errorf("the bank has %d and %+v", sim.Balance("EUR"), sim.Orders())
	}
	found, err := bank.Find(t.Context(), "pout_2")
	if err != nil || found.Known || !found.At.Equal(morning) {
		t.Errorf("%+v, %v", found, err)
	}
}

// Every kind of bad answer is unknown, never a failure, and never read further
// than a megabyte.
func TestBadAnswersAreUnknown(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"timeout", "lost", "error", "html", "huge", "schema"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			bank, sim, _ := wire(t, banksim.Options{})
			for _, on := range []string{"send", "find", "lines", "balance"} {
				sim.Script(banksim.Fault{On: on, Kind: kind})
			}
			_, err := bank.Send(t.Context(), order(1))
			_, errFind := bank.Find(t.Context(), "pout_1")
			_, errLines := bank.Lines(t.Context(), "EUR", 0)
			_, errBalance := bank.Balance(t.Context(), "EUR")
			for _, err := range []error{err, errFind, errLines, errBalance} {
				if !errors.Is(err, custody.ErrUnknown) {
					t.Errorf("%v", err)
				}
			}
			if _, err := bank.Balance(t.Context(), "EUR"); err != nil {
				t.Errorf("and then: %v", err)
			}
		})
	}
}

// Answers that read as JSON and make no sense.
func TestSenselessAnswers(t *testing.T) {
	t.Parallel()
	const at = `"at":"2026-03-02T09:00:00Z","complete_at":"2026-03-02T09:00:00Z"`
	for _, text := range []string{
		`{}`, `null`, `[]`, `{"order":null}`, `{` + at + `,"order":{}}`,
		`{` + at + `,"order":{"request_no":"pout_2","currency":"EUR","amount":1,"status":"settled","line":1}}`,
		`{` + at + `,"order":{"request_no":"pout_1","currency":"EUR","amount":1,"status":"settled"}}`,
		`{` + at + `,"order":{"request_no":"pout_1","currency":"EUR","amount":1,"status":"rejected","line":1}}`,
		`{` + at + `,"order":{"request_no":"pout_1","currency":"EUR","amount":1,"status":"returned","line":2}}`,
		`{` + at + `,"order":{"request_no":"pout_1","currency":"EUR","amount":1,"status":"returned","line":2,"return_line":1}}`,
		`{` + at + `,"order":{"request_no":"pout_1","currency":"EUR","amount":1,"status":"lost"}}`,
		`{` + at + `,"order":{"request_no":"pout_1","currency":"EUR","amount":1.5,"status":"pending"}}`,
		`{"lines":[{"line":0,"kind":"credit","amount":1,"booked_at":"2026-03-02T09:00:00Z"}],"more":true}`,
		`{"lines":[{"line":1,"kind":"debit","amount":1,"booked_at":"2026-03-02T09:00:00Z"}],"more":true}`,
		`{"lines":[{"line":1,"kind":"gift","amount":1,"booked_at":"2026-03-02T09:00:00Z"}],"more":true}`,
		`{"lines":[{"line":1,"kind":"credit","amount":-1,"booked_at":"2026-03-02T09:00:00Z"}],"more":true}`,
		`{"lines":[],"more":false}`, `{"lines":[]}`, `{"more":false}`,
		`{"currency":"USD","balance":1,"line":1}`, `{"currency":"EUR","balance":1}`,
		`{"currency":"EUR","balance":1,"line":-1}`,
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(text))
		}))
		bank, err := custody.NewBank(custody.BankOptions{URL: server.URL})
		if err != nil {
			t.Fatal(err)
		}
		if r, err := bank.Send(t.Context(), order(1)); !errors.Is(err, custody.ErrUnknown) {
			t.Errorf("%s: %+v, %v", text, r, err)
		}
		if f, err := bank.Find(t.Context(), "pout_1"); !errors.Is(err, custody.ErrUnknown) {
			t.Errorf("%s: %+v, %v", text, f, err)
		}
		if s, err := bank.Lines(t.Context(), "EUR", 0); !errors.Is(err, custody.ErrUnknown) {
			t.Errorf("%s: %+v, %v", text, s, err)
		}
		server.Close()
	}
}

// The client stops asking a bank that does not answer, and asks again later.
func TestBreaker(t *testing.T) {
	t.Parallel()
	bank, sim, wall := wire(t, banksim.Options{})
	sim.Script(banksim.Fault{On: "balance", Kind: "schema", Times: 6})
	ask := func(what string, want error) {
		t.Helper()
		if _, err := bank.Balance(t.Context(), "EUR"); !errors.Is(err, want) {
			t.Errorf("%s: %v, not %v", what, err, want)
		}
	}
	for range 5 {
		ask("it fails", custody.ErrUnknown)
	}
	ask("after five failures", custody.ErrNotSent)
	if err := bank.Ready(); !errors.Is(err, custody.ErrNotSent) {
		t.Errorf("ready: %v", err)
	}
	wall.Advance(time.Minute)
	ask("the one that finds out", custody.ErrUnknown)
	ask("after it failed", custody.ErrNotSent)
	wall.Advance(time.Minute)
	for range 3 {
		ask("it answers again", nil)
	}
}

// A bank that wants us elsewhere is not followed: an order goes where it was
// addressed to.
func TestRedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("the order went elsewhere")
	}))
	defer elsewhere.Close()
	server := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusPermanentRedirect))
	defer server.Close()
	bank, err := custody.NewBank(custody.BankOptions{URL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bank.Send(t.Context(), order(1)); !errors.Is(err, custody.ErrUnknown) {
		t.Errorf("%v", err)
	}
	for _, bad := range []string{"", "bank", "ftp://bank", "http://"} {
		if _, err := custody.NewBank(custody.BankOptions{URL: bad}); err == nil {
			t.Errorf("%q is taken for a bank", bad)
		}
	}
}
