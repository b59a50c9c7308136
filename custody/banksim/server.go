package banksim

import (
	"crypto/subtle"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// label stands in every answer.
const label = "openlend bank simulator: this is not a bank and moves no real money"

const (
	bodyLimit = 64 << 10
	hugeSize  = 10 << 20
	hangFor   = time.Minute
)

type answer map[string]any

func (b *Bank) routes() {
	b.mux = http.NewServeMux()
	b.mux.HandleFunc("PUT /v1/orders/{no}", b.bank("send", b.sendOrder))
	b.mux.HandleFunc("GET /v1/orders/{no}", b.bank("find", b.findOrder))
	b.mux.HandleFunc("GET /v1/accounts/{currency}/lines", b.bank("lines", b.listLines))
	b.mux.HandleFunc("GET /v1/accounts/{currency}/balance", b.bank("balance", b.readBalance))
	b.mux.HandleFunc("POST /sim/pay-in", world(b.simPayIn))
	b.mux.HandleFunc("POST /sim/orders/{no}/{do}", world(b.simOrder))
	b.mux.HandleFunc("POST /sim/faults", world(b.simFaults))
	b.mux.HandleFunc("DELETE /sim/faults", world(b.simBehave))
	b.mux.HandleFunc("GET /{$}", b.page)
}

// ServeHTTP implements http.Handler.
func (b *Bank) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Simulator", label)
	b.mux.ServeHTTP(w, r)
}

// bank wraps an operation of the protocol: who asks, which fault comes upon it,
// and the answer. Operations run under the lock; nobody waits under it.
func (b *Bank) bank(
	on string, do func(r *http.Request, body []byte, f Fault) (int, answer),
) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		given, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if b.o.Token != "" && subtle.ConstantTimeCompare([]byte(given), []byte(b.o.Token)) == 0 {
			reply(w, http.StatusUnauthorized, answer{"error": "unauthorized"})
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyLimit))
		if err != nil {
			reply(w, http.StatusRequestEntityTooLarge, answer{"error": "too_long"})
			return
		}
		b.mu.Lock()
		f := b.fault(on, r.PathValue("no"))
		if f.Kind == "lost" {
			b.mu.Unlock()
			panic(http.ErrAbortHandler) // net/http hangs up
		}
		status, a := http.StatusInternalServerError, answer{"error": "journal"}
		if err := b.settleDue(); err == nil {
			status, a = do(r, body, f)
		}
		b.mu.Unlock()
		b.misbehave(w, r, f, status, a)
	}
}

// misbehave answers as the fault says, or well.
func (b *Bank) misbehave(w http.ResponseWriter, r *http.Request, f Fault, status int, a answer) {
	switch f.Kind {
	case "delay":
		b.wait(r, time.Duration(f.DelayMS)*time.Millisecond)
	case "timeout":
		b.wait(r, hangFor)
		panic(http.ErrAbortHandler)
	case "error":
		status, a = http.StatusInternalServerError, answer{"error": "scripted"}
	case "html":
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, "<html><!-- "+label+" --><h1>Down for maintenance</h1></html>")
		return
	case "huge":
		a = answer{"padding": strings.Repeat("x", hugeSize)}
	case "schema":
		a = answer{"result": []any{"of", "another", "version", 2}}
	}
	reply(w, status, a)
}

func (b *Bank) wait(r *http.Request, d time.Duration) {
	select {
	case <-time.After(d):
	case <-r.Context().Done():
	case <-b.stop:
	}
}

func reply(w http.ResponseWriter, status int, a answer) {
	a["simulator"] = label
	text, err := json.Marshal(a)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(text, '\n')) // the caller has gone: that is his affair
}

// completeAt is the last close of the statement.
func (b *Bank) completeAt() time.Time { return b.o.Clock.Now().Truncate(b.o.CutOff) }

func (b *Bank) sendOrder(r *http.Request, body []byte, f Fault) (int, answer) {
	var o Order
	if err := strict(body, &o); err != nil {
		return http.StatusBadRequest, answer{"error": "malformed"}
	}
	o.RequestNo = r.PathValue("no")
	got, err := b.receive(o, f.Kind == "reject")
	switch {
	case errors.Is(err, errConflict):
		return http.StatusConflict, answer{"error": err.Error()}
	case errors.Is(err, errAmount):
		return http.StatusBadRequest, answer{"error": err.Error()}
	case err != nil:
		return http.StatusInternalServerError, answer{"error": "journal"}
	}
	return http.StatusOK, answer{"at": b.o.Clock.Now(), "complete_at": b.completeAt(),
		"order": *got}
}

func (b *Bank) findOrder(r *http.Request, _ []byte, _ Fault) (int, answer) {
	a := answer{"at": b.o.Clock.Now(), "complete_at": b.completeAt()}
	o, known := b.books.orders[r.PathValue("no")]
	if !known {
		return http.StatusNotFound, a
	}
	a["order"] = *o
	return http.StatusOK, a
}

func (b *Bank) listLines(r *http.Request, _ []byte, f Fault) (int, answer) {
	after, errAfter := strconv.ParseInt(r.FormValue("after"), 10, 64)
	limit, errLimit := strconv.Atoi(r.FormValue("limit"))
	if errAfter != nil || errLimit != nil || after < 0 || limit < 1 || limit > 1000 {
		return http.StatusBadRequest, answer{"error": "after and limit (1 to 1000) are needed"}
	}
	all := b.books.account(r.PathValue("currency")).lines
	rest := all[min(after, int64(len(all))):]
	lines := append([]Line{}, rest[:min(limit, len(rest))]...) // a list also when empty
	more := len(rest) > len(lines)
	a := answer{"lines": distort(lines, f), "more": more}
	if !more {
		a["complete_at"] = b.completeAt()
	}
	return http.StatusOK, a
}

// distort shows lines as a fault says.
func distort(lines []Line, f Fault) []Line {
	at := len(lines) - 1
	if f.Line != 0 {
		at = slices.IndexFunc(lines, func(l Line) bool { return l.No == f.Line })
	}
	switch {
	case f.Kind == "duplicate":
		return append(lines, lines...)
	case f.Kind == "reorder":
		slices.Reverse(lines)
	case f.Kind == "omit" && at >= 0:
		return slices.Delete(lines, at, at+1)
	case f.Kind == "alter" && at >= 0:
		lines[at].Amount++
	}
	return lines
}

func (b *Bank) readBalance(r *http.Request, _ []byte, _ Fault) (int, answer) {
	currency := r.PathValue("currency")
	a := b.books.account(currency)
	return http.StatusOK, answer{"currency": currency, "balance": a.balance, "line": len(a.lines)}
}

// strict reads JSON without unknown fields.
func strict(body []byte, into any) error {
	d := json.NewDecoder(strings.NewReader(string(body)))
	d.DisallowUnknownFields()
	return d.Decode(into)
}
