package refusal

import (
	"errors"
	"fmt"
	"io"
	"testing"
)

var (
	errLate  = New("test.late", "it is too late")
	errEarly = New("test.early", "it is too early")
)

// TestSameCodeIsTheSameRefusal: details, field and wrapping are of one occasion.
func TestSameCodeIsTheSameRefusal(t *testing.T) {
	for _, err := range []error{
		errLate,
		errLate.With("by %d days", 3),
		errLate.In("due_on"),
		errLate.With("by %d days", 3).In("due_on"),
		fmt.Errorf("loan 7: %w", errLate.In("due_on")),
		errors.Join(io.EOF, errLate),
	} {
		if !errors.Is(err, errLate) || errors.Is(err, errEarly) || Code(err) != "test.late" {
			t.Errorf("%v: code %q", err, Code(err))
		}
	}
	for _, err := range []error{io.EOF, nil} {
		if errors.Is(err, errLate) || errors.Is(errLate, err) || Code(err) != "" {
			t.Errorf("%v is taken for a refusal", err)
		}
	}
}

func TestMessage(t *testing.T) {
	for err, want := range map[*Error]string{
		errLate:                              "it is too late",
		errLate.With("by %d days", 3):        "it is too late: by 3 days",
		errLate.In("due_on"):                 "due_on: it is too late",
		errLate.In("due_on").With("%q", "x"): `due_on: it is too late: "x"`,
	} {
		if err.Error() != want {
			t.Errorf("%q, want %q", err.Error(), want)
		}
	}
	if errLate.Field != "" || errLate.Message != "it is too late" {
		t.Errorf("the declaration itself changed: %+v", errLate)
	}
}

func TestAt(t *testing.T) {
	err := At(fmt.Errorf("loan 7: %w", errLate), "due_on")
	if e, ok := errors.AsType[*Error](err); !ok || e.Field != "due_on" || e.Code != "test.late" {
		t.Errorf("%v", err)
	}
	if At(nil, "due_on") != nil || At(io.EOF, "due_on").Error() != io.EOF.Error() {
		t.Error("only a refusal speaks of a field")
	}
}
