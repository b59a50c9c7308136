package banksim

import (
	"errors"
	"html/template"
	"io"
	"net/http"
	"slices"
	"strings"
)

// world wraps an operation of the outside world: customers who pay in, other
// banks that return, and whoever scripts the faults. A browser must say that it
// sends JSON, which no page of another site can.
func world(do func(r *http.Request, body []byte) (answer, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && r.Header.Get("Content-Type") != "application/json" {
			reply(w, http.StatusUnsupportedMediaType, answer{"error": "send application/json"})
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyLimit))
		if err != nil {
			reply(w, http.StatusRequestEntityTooLarge, answer{"error": "too_long"})
			return
		}
		a, err := do(r, body)
		switch {
		case errors.Is(err, errNoOrder):
			reply(w, http.StatusNotFound, answer{"error": err.Error()})
		case errors.Is(err, errStatus):
			reply(w, http.StatusConflict, answer{"error": err.Error()})
		case err != nil:
			reply(w, http.StatusBadRequest, answer{"error": err.Error()})
		default:
			reply(w, http.StatusOK, a)
		}
	}
}

func (b *Bank) simPayIn(_ *http.Request, body []byte) (answer, error) {
	var p PayIn
	if err := strict(body, &p); err != nil {
		return nil, err
	}
	line, err := b.PayIn(p)
	return answer{"line": line}, err
}

func (b *Bank) simOrder(r *http.Request, body []byte) (answer, error) {
	var said struct {
		Reason string `json:"reason"`
	}
	if err := strict(body, &said); err != nil {
		return nil, err
	}
	no := r.PathValue("no")
	switch r.PathValue("do") {
	case "settle":
		return answer{}, b.Settle(no)
	case "reject":
		return answer{}, b.Reject(no, said.Reason)
	case "return":
		return answer{}, b.Return(no, said.Reason)
	}
	return nil, errors.New("settle, reject or return")
}

func (b *Bank) simFaults(_ *http.Request, body []byte) (answer, error) {
	var faults []Fault
	if err := strict(body, &faults); err != nil {
		return nil, err
	}
	b.Script(faults...)
	return answer{}, nil
}

func (b *Bank) simBehave(*http.Request, []byte) (answer, error) {
	b.Behave()
	return answer{}, nil
}

var pageText = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Bank simulator</title>
<style>body{font:16px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em}
h1{background:#b00;color:#fff;padding:.5em}table{border-collapse:collapse;width:100%}
td,th{border:1px solid #999;padding:.3em;text-align:left}</style>
<h1>SIMULATOR</h1><p>{{.Label}}. The protocol and the scripts are in custody/README.md.</p>
<h2>Accounts</h2><table><tr><th>Currency<th>Balance, minor units<th>Lines</tr>
{{range .Accounts}}<tr><td>{{.Currency}}<td>{{.Balance}}<td>{{.Lines}}</tr>{{end}}</table>
<h2>Newest orders</h2><table><tr><th>Number<th>Amount, minor units<th>Status<th>Reason</tr>
{{range .Orders}}<tr><td>{{.RequestNo}}<td>{{.Amount}} {{.Currency}}<td>{{.Status}}
<td>{{.Reason}}</tr>{{end}}</table></html>
`))

type accountRow struct {
	Currency string
	Balance  int64
	Lines    int
}

const pageOrders = 50

func (b *Bank) page(w http.ResponseWriter, _ *http.Request) {
	orders := b.Orders()
	slices.Reverse(orders)
	shown := struct {
		Label    string
		Accounts []accountRow
		Orders   []Order
	}{Label: label, Orders: orders[:min(len(orders), pageOrders)]}
	b.mu.Lock()
	for currency, a := range b.books.accounts {
		shown.Accounts = append(shown.Accounts, accountRow{currency, a.balance, len(a.lines)})
	}
	b.mu.Unlock()
	slices.SortFunc(shown.Accounts, func(a, b accountRow) int {
		return strings.Compare(a.Currency, b.Currency)
	})
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	_ = pageText.Execute(w, shown) // the reader has gone
}
