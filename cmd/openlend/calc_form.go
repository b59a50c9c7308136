package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/govalues/decimal"

	"openlend/calendar"
	"openlend/money"
	"openlend/refusal"
)

// form reads the members of one JSON object by name. It keeps the first thing
// that is wrong and goes on with zero values, so a calculator asks for all its
// fields and then once for the error (done); what is wrong because of what was
// wrong before is not kept.
type form struct {
	holder  string         // the list it stands in, "" for the line itself
	index   int            // its place there
	members map[string]any // not asked for yet
	fault   *error         // of the whole line, shared with the forms inside
}

// readForm reads a line as one JSON object. Refusals: ErrJSON, ErrDuplicate.
func readForm(line []byte) (*form, error) {
	if !utf8.Valid(line) {
		return nil, ErrJSON.With("it is not UTF-8")
	}
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.UseNumber()
	v, err := readValue(decoder, 0)
	if err != nil {
		return nil, err
	}
	members, ok := v.(map[string]any)
	if !ok {
		return nil, ErrJSON
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, ErrJSON.With("something follows it")
	}
	return &form{members: members, fault: new(error)}, nil
}

// maxDepth is how deep objects and lists may nest.
const maxDepth = 16

// readValue reads one value; numbers stay text (json.Number), and an object
// that names a member twice is refused, which encoding/json would let pass.
func readValue(d *json.Decoder, depth int) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, badJSON(err)
	}
	if depth > maxDepth {
		return nil, ErrJSON.With("it nests too deep")
	}
	switch token {
	case json.Delim('{'):
		return readObject(d, depth)
	case json.Delim('['):
		list := []any{}
		for d.More() {
			v, err := readValue(d, depth+1)
			if err != nil {
				return nil, within(err, fmt.Sprintf("[%d]", len(list)))
			}
			list = append(list, v)
		}
		_, err := d.Token()
		return list, badJSON(err)
	}
	return token, nil
}

func readObject(d *json.Decoder, depth int) (any, error) {
	members := map[string]any{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, badJSON(err)
		}
		key, _ := name.(string) // the decoder takes nothing else before a colon
		if _, twice := members[key]; twice {
			return nil, ErrDuplicate.In(key)
		}
		if members[key], err = readValue(d, depth+1); err != nil {
			return nil, within(err, key)
		}
	}
	_, err := d.Token()
	return members, badJSON(err)
}

// within puts what holds a field before the name of the field, if err has one.
func within(err error, holder string) error {
	var refused *refusal.Error
	if !errors.As(err, &refused) || refused.Field == "" {
		return err
	}
	if refused.Field[0] != '[' {
		holder += "."
	}
	return refused.In(holder + refused.Field)
}

func badJSON(err error) error {
	var syntax *json.SyntaxError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &syntax):
		return ErrJSON.With("%v", syntax)
	}
	return ErrJSON.With("it breaks off")
}

// refuse keeps the first error, with the field's whole path.
func (f *form) refuse(err error, name string) {
	if *f.fault != nil {
		return
	}
	if f.holder != "" {
		name = fmt.Sprintf("%s[%d].%s", f.holder, f.index, name)
	}
	*f.fault = refusal.At(err, name)
}

// refuseIf keeps an error if it is one.
func (f *form) refuseIf(err error, name string) {
	if err != nil {
		f.refuse(err, name)
	}
}

// refuseUnknown refuses members that nothing has asked for: ErrUnknownField.
func (f *form) refuseUnknown() {
	if len(f.members) > 0 {
		f.refuse(ErrUnknownField, slices.Min(slices.Collect(maps.Keys(f.members))))
	}
}

// done returns the first thing that was wrong in the line.
func (f *form) done() error {
	f.refuseUnknown()
	return *f.fault
}

// has says whether a member is there; null is as good as absent.
func (f *form) has(name string) bool {
	if f.members[name] == nil {
		delete(f.members, name)
		return false
	}
	return true
}

// take hands out a member. Refusal: ErrMissing.
func (f *form) take(name string) any {
	v := f.members[name]
	delete(f.members, name)
	if v == nil {
		f.refuse(ErrMissing, name)
	}
	return v
}

// word returns a string, or the fallback when the member is absent.
func (f *form) word(name, fallback string) string {
	if !f.has(name) && fallback != "" {
		return fallback
	}
	switch v := f.take(name).(type) {
	case string:
		return v
	case nil:
	default:
		f.refuse(ErrType.With("a string is needed"), name)
	}
	return ""
}

// numeral returns a number as a plain decimal text, or the fallback.
func (f *form) numeral(name, fallback string) string {
	if !f.has(name) && fallback != "" {
		return fallback
	}
	text, err := plainDecimal(f.take(name))
	f.refuseIf(err, name)
	return text
}

// decimal returns a number of any scale, to nineteen digits, or the fallback.
func (f *form) decimal(name, fallback string) decimal.Decimal {
	d, err := decimal.Parse(f.numeral(name, fallback))
	if err != nil {
		f.refuse(money.ErrOverflow, name)
	}
	return d
}

// amount returns money of a currency, with no more decimals than it has.
func (f *form) amount(name string, c money.Currency) money.Amount {
	a, err := money.Parse(f.numeral(name, ""), c)
	f.refuseIf(err, name)
	return a
}

// whole returns an integer, or the fallback.
func (f *form) whole(name, fallback string) int {
	n, err := strconv.Atoi(f.numeral(name, fallback))
	if err != nil {
		f.refuse(ErrType.With("a whole number is needed"), name)
	}
	return n
}

// date returns a day.
func (f *form) date(name string) calendar.Date {
	d, err := calendar.ParseDate(f.word(name, ""))
	f.refuseIf(err, name)
	return d
}

// list returns the values of a list that must be there.
func (f *form) list(name string) []any {
	switch v := f.take(name).(type) {
	case []any:
		return v
	case nil:
	default:
		f.refuse(ErrType.With("a list is needed"), name)
	}
	return nil
}

// forms returns the objects of a list of the line.
func (f *form) forms(name string) []*form {
	var forms []*form
	for n, v := range f.list(name) {
		members, ok := v.(map[string]any)
		if !ok {
			f.refuse(ErrType.With("an object is needed"), fmt.Sprintf("%s[%d]", name, n))
			return nil
		}
		forms = append(forms, &form{holder: name, index: n, members: members, fault: f.fault})
	}
	return forms
}

// maxExponent is the largest exponent of a JSON number that is written out.
const maxExponent = 60

// plainDecimal returns the digits of a JSON number or decimal string. A JSON
// number may have an exponent and zeros at the end, which say nothing; a string
// must be plain: ASCII digits, one sign "-", one ".". An absent value gives "".
// Refusals: ErrType, money.ErrSyntax, money.ErrOverflow, money.ErrPrecision.
func plainDecimal(v any) (string, error) {
	switch v := v.(type) {
	case nil:
		return "", nil
	case string:
		if !isPlainDecimal(v) {
			return "", money.ErrSyntax
		}
		return v, nil
	case json.Number:
		return writeOut(v.String())
	}
	return "", ErrType.With("a number or a decimal string is needed")
}

func isPlainDecimal(s string) bool {
	whole, fraction, dot := strings.Cut(strings.TrimPrefix(s, "-"), ".")
	digits := func(s string) bool {
		return s != "" && strings.Trim(s, "0123456789") == ""
	}
	return digits(whole) && (!dot || digits(fraction))
}

// writeOut turns a JSON number into a plain decimal: "1.50e3" is "1500".
func writeOut(number string) (string, error) {
	digits, negative := strings.CutPrefix(number, "-")
	mantissa, exponent, hasExponent := strings.Cut(strings.ToLower(digits), "e")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	if hasExponent {
		shift, err := strconv.Atoi(exponent)
		switch {
		case strings.Trim(mantissa, "0.") == "":
			shift = 0 // zero, whatever the exponent
		case err != nil || shift > maxExponent:
			return "", money.ErrOverflow
		case shift < -maxExponent:
			return "", money.ErrPrecision
		}
		if shift > 0 {
			fraction += strings.Repeat("0", max(0, shift-len(fraction)))
			whole, fraction = whole+fraction[:shift], fraction[shift:]
		} else {
			whole = strings.Repeat("0", max(0, 1-shift-len(whole))) + whole
			whole, fraction = whole[:len(whole)+shift], whole[len(whole)+shift:]+fraction
		}
	}
	whole = strings.TrimLeft(whole, "0")
	if whole == "" {
		whole = "0"
	}
	if fraction = strings.TrimRight(fraction, "0"); fraction != "" {
		whole += "." + fraction
	}
	if negative {
		whole = "-" + whole
	}
	return whole, nil
}
