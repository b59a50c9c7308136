package api

import (
	"encoding/hex"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/calendar"
	"openlend/customer"
	"openlend/internal/id"
	"openlend/money"
	"openlend/refusal"
)

// The values of requests and answers. They all travel as strings; what a
// client sends is kept as it is until Resolve, which huma calls on every value
// of a request, turns it into the value or into the refusal of the room that
// knows about it. An empty string is no value: whether one is needed is said
// by the schema.

// Amount is money as {"amount":"100.00","currency":"EUR"}.
type Amount struct {
	Amount   string `json:"amount" minLength:"1" maxLength:"32" doc:"A decimal number with at most the currency's decimals." example:"100.00"`
	Currency string `json:"currency" minLength:"3" maxLength:"3" doc:"ISO 4217." example:"EUR"`

	Value money.Amount `json:"-"`
}

// Resolve reads what the client sent.
func (a *Amount) Resolve(_ huma.Context, at *huma.PathBuffer) []error {
	if a.Amount == "" || a.Currency == "" {
		return nil // the schema refuses it
	}
	currency, err := money.ParseCurrency(a.Currency)
	if err != nil {
		return []error{money.ErrCurrency.In(fieldAt(at.With("currency")))} // repeats nothing
	}
	if a.Value, err = money.Parse(a.Amount, currency); err != nil {
		return []error{refusal.At(err, fieldAt(at.With("amount")))}
	}
	a.Amount = a.Value.Decimal() // "100" and "100.00" are one request
	return nil
}

// amountOf shows money.
func amountOf(a money.Amount) Amount {
	return Amount{Amount: a.Decimal(), Currency: string(a.Currency()), Value: a}
}

// minorOf shows minor units of a currency.
func minorOf(minor int64, c money.Currency) Amount { return amountOf(money.New(minor, c)) }

// noun is one of the house's types of identifier.
type noun interface {
	~int64
	String() string
}

// ID is the identifier of a thing: a prefix and 13 digits.
type ID[T noun] struct {
	Value T

	sent string
}

func idOf[T noun](v T) ID[T] { return ID[T]{Value: v} }

// UnmarshalText keeps what the client sent.
func (i *ID[T]) UnmarshalText(text []byte) error {
	i.sent = string(text)
	return nil
}

// MarshalText shows the identifier, or nothing for none.
func (i ID[T]) MarshalText() ([]byte, error) {
	if i.Value == 0 {
		return nil, nil
	}
	return []byte(i.Value.String()), nil
}

// IsZero says that there is none.
func (i ID[T]) IsZero() bool { return i.Value == 0 }

// Resolve reads what the client sent.
func (i *ID[T]) Resolve(_ huma.Context, at *huma.PathBuffer) []error {
	if i.sent == "" {
		return nil
	}
	v, err := id.Parse(prefixOf[T](), i.sent)
	if err != nil {
		return []error{refusal.At(err, fieldAt(at.String()))}
	}
	i.Value = T(v)
	return nil
}

// Schema tells it to readers of the document.
func (ID[T]) Schema(huma.Registry) *huma.Schema {
	prefix := prefixOf[T]()
	return &huma.Schema{
		Type: huma.TypeString, MinLength: new(1), MaxLength: new(32),
		Description: "An identifier: " + prefix + "_ and 13 digits.",
		Examples:    []any{prefix + "_0CZ8N3W5K2Q4R"},
	}
}

func prefixOf[T noun]() string {
	prefix, _, _ := strings.Cut(T(1).String(), "_")
	return prefix
}

// Rate is a decimal string such as "0.12".
//
//nolint:recvcheck // it is read through a pointer and shown as a value
type Rate struct {
	Value money.Rate

	sent string
}

func rateOf(v money.Rate) Rate { return Rate{Value: v} }

// UnmarshalText keeps what the client sent.
func (r *Rate) UnmarshalText(text []byte) error {
	r.sent = string(text)
	return nil
}

// MarshalText shows the rate.
func (r Rate) MarshalText() ([]byte, error) { return []byte(r.Value.String()), nil }

// Resolve reads what the client sent.
func (r *Rate) Resolve(_ huma.Context, at *huma.PathBuffer) []error {
	if r.sent == "" {
		return nil
	}
	v, err := money.ParseRate(r.sent)
	if err != nil {
		return []error{refusal.At(err, fieldAt(at.String()))}
	}
	r.Value = v
	return nil
}

// pointer is the rate, nil when the client sent none.
func (r *Rate) pointer() *money.Rate {
	if r == nil {
		return nil
	}
	return &r.Value
}

// Schema tells it to readers of the document.
func (Rate) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Type: huma.TypeString, MinLength: new(1), MaxLength: new(16),
		Description: "A decimal number with at most nine decimals; 0.12 is 12 %.",
		Examples:    []any{"0.12"},
	}
}

// Date is a civil date.
//
//nolint:recvcheck // it is read through a pointer and shown as a value
type Date struct {
	Value calendar.Date

	sent string
}

func dateOf(v calendar.Date) Date { return Date{Value: v} }

// UnmarshalText keeps what the client sent.
func (d *Date) UnmarshalText(text []byte) error {
	d.sent = string(text)
	return nil
}

// MarshalText shows the date, or nothing for none.
func (d Date) MarshalText() ([]byte, error) {
	if d.Value == 0 {
		return nil, nil
	}
	return []byte(d.Value.String()), nil
}

// IsZero says that there is none.
func (d Date) IsZero() bool { return d.Value == 0 }

// Resolve reads what the client sent.
func (d *Date) Resolve(_ huma.Context, at *huma.PathBuffer) []error {
	if d.sent == "" {
		return nil
	}
	v, err := calendar.ParseDate(d.sent)
	if err != nil {
		return []error{calendar.ErrDate.In(fieldAt(at.String()))} // repeats nothing
	}
	d.Value = v
	return nil
}

// Schema tells it to readers of the document.
func (Date) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Type: huma.TypeString, Format: "date", MinLength: new(1), MaxLength: new(10),
		Description: "A civil date.", Examples: []any{"2026-11-22"},
	}
}

// Period is a number of days, weeks, months or years.
//
//nolint:recvcheck // it is read through a pointer and shown as a value
type Period struct {
	Value calendar.Period

	sent string
}

// UnmarshalText keeps what the client sent.
func (p *Period) UnmarshalText(text []byte) error {
	p.sent = string(text)
	return nil
}

// MarshalText shows the period.
func (p Period) MarshalText() ([]byte, error) { return p.Value.MarshalText() }

// Resolve reads what the client sent.
func (p *Period) Resolve(_ huma.Context, at *huma.PathBuffer) []error {
	if p.sent == "" {
		return nil
	}
	v, err := calendar.ParsePeriod(p.sent)
	if err != nil {
		return []error{calendar.ErrPeriod.In(fieldAt(at.String()))} // repeats nothing
	}
	p.Value = v
	return nil
}

// Schema tells it to readers of the document.
func (Period) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Type: huma.TypeString, MinLength: new(1), MaxLength: new(32),
		Description: "Such as 1 month, 2 weeks or 15 days.", Examples: []any{"1 month"},
	}
}

// Instant is a point in time.
type Instant time.Time

// instantOf shows microseconds since 1970.
func instantOf(micros int64) Instant { return Instant(time.UnixMicro(micros).UTC()) }

// MarshalText shows it as RFC 3339 in UTC.
func (i Instant) MarshalText() ([]byte, error) {
	if i.IsZero() {
		return nil, nil
	}
	return []byte(time.Time(i).UTC().Format(time.RFC3339Nano)), nil
}

// IsZero says that there is none.
func (i Instant) IsZero() bool { return time.Time(i).IsZero() || time.Time(i).UnixMicro() == 0 }

// Schema tells it to readers of the document.
func (Instant) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Type: huma.TypeString, Format: "date-time", Description: "RFC 3339, in UTC.",
		Examples: []any{"2026-11-22T10:00:00Z"},
	}
}

// decimal is an amount whose currency stands elsewhere in the request.
type decimal string

// decimalField is a decimal and where its minor units go.
type decimalField struct {
	sent decimal
	into *int64
}

// readDecimals reads amounts of one currency; those that are left out stay as
// they are. Refusals: those of money.Parse, with the field.
func readDecimals(c money.Currency, fields map[string]decimalField) error {
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if fields[name].sent == "" {
			continue
		}
		amount, err := money.Parse(string(fields[name].sent), c)
		if err != nil {
			return refusal.At(err, name)
		}
		*fields[name].into = amount.Minor()
	}
	return nil
}

// self is who a customer names, and himself when he names nobody. Staff who name
// nobody mean nobody in particular.
func self(actor access.Actor, sent ID[customer.ID]) customer.ID {
	if sent.Value == 0 {
		return customer.ID(actor.Customer)
	}
	return sent.Value
}

// hexadecimal is bytes as a client writes them; what is none is no bytes.
type hexadecimal string

func (h hexadecimal) bytes() []byte {
	b, err := hex.DecodeString(string(h))
	if err != nil {
		return nil
	}
	return b
}

// texts turns one kind of strings into another.
func texts[T, S ~string](sent []S) []T {
	own := make([]T, len(sent))
	for i, s := range sent {
		own[i] = T(s)
	}
	return own
}
