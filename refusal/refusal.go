// Package refusal holds the one kind of error that openlend shows to people
// and programs: a stable, machine-readable code, the field it speaks of and a
// sentence. Every room declares its own refusals in its errors.go; anything
// that is not a refusal is an internal fault and its text is never shown.
//
// Invariant: a refused command has changed nothing.
package refusal

import (
	"errors"
	"fmt"
)

// Error is a refusal. Two refusals are the same (errors.Is) when their codes
// are: the message may carry details of one occasion, the code never does.
type Error struct {
	Code    string // stable, e.g. "money.overflow"
	Field   string // input field it speaks of, "" when it is not about one
	Message string // one English sentence without a full stop
}

// New declares a refusal. Call it once per code, in errors.go of the room.
func New(code, message string) *Error { return &Error{Code: code, Message: message} }

// Error implements error: "field: message".
func (e *Error) Error() string {
	if e.Field == "" {
		return e.Message
	}
	return e.Field + ": " + e.Message
}

// Is makes errors.Is compare codes.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// With returns a copy whose message carries the details of this occasion.
func (e *Error) With(format string, args ...any) *Error {
	c := *e
	c.Message = e.Message + ": " + fmt.Sprintf(format, args...)
	return &c
}

// In returns a copy that names the input field it speaks of.
func (e *Error) In(field string) *Error {
	c := *e
	c.Field = field
	return &c
}

// At puts a field name on err when err is a refusal, and returns other errors
// (and nil) as they are.
func At(err error, field string) error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.In(field)
	}
	return err
}

// Code returns the code of a refusal anywhere in err's chain, or "".
func Code(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return ""
}
