package loan

import (
	"errors"
	"slices"
	"testing"
)

// TestSteps tries every pair of states: the legal ones are these and no others.
func TestSteps(t *testing.T) {
	legal := map[[2]State]bool{
		{StateActive, StateLate}:        true,
		{StateActive, StateDefault}:     true,
		{StateActive, StateRepaid}:      true,
		{StateLate, StateActive}:        true,
		{StateLate, StateDefault}:       true,
		{StateLate, StateRepaid}:        true,
		{StateDefault, StateActive}:     true,
		{StateDefault, StateLate}:       true,
		{StateDefault, StateChargedOff}: true,
		{StateDefault, StateRepaid}:     true,
		{StateChargedOff, StateRepaid}:  true,
		{StateRepaid, StateActive}:      true,
	}
	all := []State{StateActive, StateLate, StateDefault, StateChargedOff, StateRepaid, "", "lost"}
	for _, from := range all {
		for _, to := range all {
			got, err := from.Step(to)
			if legal[[2]State{from, to}] {
				if err != nil || got != to {
					t.Errorf("%q -> %q: %q, %v", from, to, got, err)
				}
			} else if !errors.Is(err, ErrStep) || got != from {
				t.Errorf("%q -> %q is illegal: %q, %v", from, to, got, err)
			}
		}
	}
}

// TestStepsTo: from every state every other can be reached by legal steps.
func TestStepsTo(t *testing.T) {
	all := []State{StateActive, StateLate, StateDefault, StateChargedOff, StateRepaid}
	for _, from := range all {
		for _, to := range all {
			path, err := from.StepsTo(to)
			if err != nil || from == to != (len(path) == 0) {
				t.Fatalf("%s -> %s: %v, %v", from, to, path, err)
			}
			at := from
			for _, next := range path {
				if at, err = at.Step(next); err != nil {
					t.Fatalf("%s -> %s by %v: %v", from, to, path, err)
				}
			}
			if at != to {
				t.Fatalf("%s -> %s by %v", from, to, path)
			}
		}
	}
	if path, _ := StateRepaid.StepsTo(StateChargedOff); !slices.Equal(path,
		[]State{StateActive, StateDefault, StateChargedOff}) {
		t.Errorf("repaid -> charged_off by %v", path)
	}
	if _, err := StateActive.StepsTo("lost"); !errors.Is(err, ErrStep) {
		t.Errorf("a state that is none: %v", err)
	}
}
