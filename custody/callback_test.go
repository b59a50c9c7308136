package custody_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"openlend/custody"
	"openlend/custody/banksim"
	"openlend/internal/outbox"
)

// A callback makes us ask; a forged one does not even that.
func TestCallbacks(t *testing.T) {
	t.Parallel()
	each(t, func(b *till) {
		key := []byte("shared with the bank")
		bell := outbox.NewBell()
		var refusals int
		handler := &custody.Callbacks{DB: b.db, Key: key, Wall: b.clock, Bell: bell,
			Report: func(error) { refusals++ }}
		post := func(id, at, signature, body string) int {
			r := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "/",
				strings.NewReader(body))
			r.Header.Set(custody.HeaderCallbackID, id)
			r.Header.Set(custody.HeaderCallbackAt, at)
			r.Header.Set(custody.HeaderCallbackSignature, signature)
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			return w.Code
		}
		o := b.rich(10_000)
		b.sim.Script(banksim.Fault{On: "send", Kind: "error"})
		p := b.withdraw(o, 4_000)
		b.run()
		before := b.payout(p.ID)
		if before.State != custody.PayoutSettled && before.State != custody.PayoutUnknown {
			b.Fatalf("%+v", before)
		}
		now := b.clock.Now().Unix()
		body := `{"request_no":"` + p.RequestNo + `","status":"rejected"}`
		good := custody.SignCallback(key, "m1", now, []byte(body))
		at := func(d time.Duration) string { return strconv.FormatInt(now+int64(d.Seconds()), 10) }
		sign := func(key string, seconds int64) string {
			return custody.SignCallback([]byte(key), "m1", seconds, []byte(body))
		}
		for name, code := range map[string]int{
			"no signature":   post("m1", at(0), "", body),
			"no id":          post("", at(0), good, body),
			"no time":        post("m1", "", good, body),
			"another id":     post("m2", at(0), good, body),
			"another time":   post("m1", at(time.Second), good, body),
			"another body":   post("m1", at(0), good, body+" "),
			"another key":    post("m1", at(0), sign("another", now), body),
			"too old":        post("m1", at(-6*time.Minute), sign(string(key), now-360), body),
			"of the future":  post("m1", at(6*time.Minute), sign(string(key), now+360), body),
			"another scheme": post("m1", at(0), "v2,"+good[3:], body),
		} {
			if code != http.StatusUnauthorized {
				b.Errorf("%s: %d", name, code)
			}
		}
		if refusals != 10 || len(bell) != 0 {
			b.Errorf("%d refusals, the bell was rung %d times", refusals, len(bell))
		}
		if code := post("m1", at(0), good, strings.Repeat("x", 20<<10)); code != 413 {
			b.Errorf("a long one: %d", code)
		}
		for range 3 {
			if code := post("m1", at(0), "v1,old "+good, body); code != http.StatusNoContent {
				b.Errorf("a good one: %d", code)
			}
		}
		if len(bell) != 1 {
			b.Error("the bell was not rung")
		}
		// It says "rejected", and is not believed: the bank is asked, and has paid.
		b.run()
		b.mustBe(p.ID, custody.PayoutSettled)
		b.mustHave(o.ID, 6_000, 0)
		b.mustHold()
	})
}

// The simulator's callbacks, also those that it distorts, are told apart.
func TestCallbacksOfTheSimulator(t *testing.T) {
	t.Parallel()
	key := []byte("shared with the bank")
	codes := map[int]int{}
	handler := &custody.Callbacks{Key: key, Report: func(error) {}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, r)
		codes[recorder.Code]++
		w.WriteHeader(recorder.Code)
	}))
	defer server.Close()
	_, sim, wall := wire(t, banksim.Options{Callback: server.URL, Key: key})
	handler.Wall = wall
	sim.Script(banksim.Fault{On: "callback", Kind: "forge"},
		banksim.Fault{On: "callback", Kind: "duplicate"},
		banksim.Fault{On: "callback", Kind: "reorder"})
	for range 4 { // about deposits: no database is asked
		if _, err := sim.PayIn(banksim.PayIn{Currency: "EUR", Amount: 1}); err != nil {
			t.Fatal(err)
		}
	}
	sim.Deliver(t.Context())
	if codes[http.StatusUnauthorized] != 3 || codes[http.StatusNoContent] != 5 {
		t.Errorf("%v", codes)
	}
}
