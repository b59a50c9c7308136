// Package banksim plays the custody bank: an HTTP server that speaks the
// protocol of custody/README.md and keeps books of its own. It moves no real
// money, says so in every answer, and can be told to misbehave in the ways in
// which banks and networks do.
//
// Invariants: an order is paid at most once for each request number; every
// movement is a line of the statement, numbered without a gap from 1 in each
// currency; a balance is the sum of its lines and never below zero; what was
// answered is in the journal, so a restarted simulator goes on where it was.
package banksim

import (
	"time"
)

// Party is the other side of a movement.
type Party struct {
	Name    string `json:"name"`
	Account string `json:"account"`
	Country string `json:"country"`
}

// Order is a payment that the platform has asked for.
type Order struct {
	RequestNo  string    `json:"request_no"`
	Currency   string    `json:"currency"`
	Amount     int64     `json:"amount"` // minor units
	To         Party     `json:"to"`
	Text       string    `json:"text"`
	Status     string    `json:"status"` // pending, settled, rejected, returned
	Reason     string    `json:"reason"`
	Line       int64     `json:"line"`        // of the statement, that shows it paid
	ReturnLine int64     `json:"return_line"` // that shows it come back
	ReceivedAt time.Time `json:"received_at"`
}

// The statuses of an order.
const (
	pending  = "pending"
	settled  = "settled"
	rejected = "rejected"
	returned = "returned"
)

// Line is a movement of one account.
type Line struct {
	No        int64     `json:"line"`
	Kind      string    `json:"kind"` // credit, debit, return
	Amount    int64     `json:"amount"`
	BookedAt  time.Time `json:"booked_at"`
	RequestNo string    `json:"request_no,omitempty"`
	Of        int64     `json:"of,omitempty"` // of a return: the line that it undoes
	Reference string    `json:"reference"`
	Payer     Party     `json:"payer"`
}

// PayIn is money that somebody sends to the platform's account.
type PayIn struct {
	Currency  string `json:"currency"`
	Amount    int64  `json:"amount"` // minor units
	Reference string `json:"reference"`
	Payer     Party  `json:"payer"`
}

// record is one line of the journal: exactly one of its parts is set.
type record struct {
	At       time.Time `json:"at"`
	Received *Order    `json:"received,omitempty"`
	Decided  *decided  `json:"decided,omitempty"`
	PaidIn   *PayIn    `json:"paid_in,omitempty"`
}

type decided struct {
	RequestNo string `json:"request_no"`
	Status    string `json:"status"`
	Reason    string `json:"reason"`
}

// books are all that the bank knows; the journal makes them anew.
type books struct {
	orders   map[string]*Order
	order    []*Order // as received
	pending  map[string]*Order
	accounts map[string]*account
}

type account struct {
	balance int64
	lines   []Line
}

func newBooks() *books {
	return &books{orders: map[string]*Order{}, pending: map[string]*Order{},
		accounts: map[string]*account{}}
}

func (b *books) account(currency string) *account {
	a, known := b.accounts[currency]
	if !known {
		a = &account{}
		b.accounts[currency] = a
	}
	return a
}

// apply changes the books as a record says: what is in the journal has happened.
func (b *books) apply(r record) {
	switch {
	case r.Received != nil:
		o := *r.Received
		o.Status, o.ReceivedAt = pending, r.At
		b.orders[o.RequestNo] = &o
		b.pending[o.RequestNo] = &o
		b.order = append(b.order, &o)
	case r.PaidIn != nil:
		b.account(r.PaidIn.Currency).add(Line{Kind: "credit", Amount: r.PaidIn.Amount,
			BookedAt: r.At, Reference: r.PaidIn.Reference, Payer: r.PaidIn.Payer})
	case r.Decided != nil:
		b.decide(r.At, r.Decided)
	}
}

func (b *books) decide(at time.Time, d *decided) {
	o, known := b.orders[d.RequestNo]
	if !known {
		return // of a journal that somebody has cut
	}
	o.Status, o.Reason = d.Status, d.Reason
	delete(b.pending, o.RequestNo)
	a := b.account(o.Currency)
	switch d.Status {
	case settled:
		o.Line = a.add(Line{Kind: "debit", Amount: o.Amount, BookedAt: at,
			RequestNo: o.RequestNo, Reference: o.Text, Payer: o.To})
	case returned:
		o.ReturnLine = a.add(Line{Kind: "return", Amount: o.Amount, BookedAt: at,
			RequestNo: o.RequestNo, Of: o.Line, Reference: d.Reason, Payer: o.To})
	}
}

// add appends a line and returns its number.
func (a *account) add(l Line) int64 {
	l.No = int64(len(a.lines)) + 1
	a.lines = append(a.lines, l)
	if l.Kind == "debit" {
		a.balance -= l.Amount
	} else {
		a.balance += l.Amount
	}
	return l.No
}
