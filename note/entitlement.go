package note

import (
	"cmp"
	"math/bits"
	"slices"

	"openlend/loan"
	"openlend/money"
)

// Entitlement divides what the lenders of one loan get among its notes, exactly
// to the minor unit, step by step in the order in which the money counts.
//
// A note's exact entitlement to a component is its face's share of all that came
// in of it so far; what is due to it is that, less what it was paid. A step pays
// every note the whole units that are due to it, never less than zero; then the
// units that are left go to the largest rests, or those that are too many are
// taken from the smallest, ties to the lower note. The same steps give the same
// cents, so history can be changed by dividing the new one from the beginning
// and booking the differences.
type Entitlement struct {
	faces []int64
	whole int64      // Σ faces
	sum   loan.Parts // what came in so far
	paid  [len(loan.Parts{})][]int64
	dues  []due
}

// due is a note in one step: what the step has paid it, and what is due to it
// then: units and part of whole. Units are zero or below before any are given or
// taken.
type due struct {
	note  int
	now   int64
	units int64
	part  uint64
}

// byDue orders by what is due, the least first, of equal ones the lower note.
func byDue(a, b due) int {
	if c := cmp.Compare(a.units, b.units); c != 0 {
		return c
	}
	if c := cmp.Compare(a.part, b.part); c != 0 {
		return c
	}
	return cmp.Compare(a.note, b.note)
}

// byDueDown is the most first, of equal ones the lower note.
func byDueDown(a, b due) int {
	if a.units == b.units && a.part == b.part {
		return cmp.Compare(a.note, b.note)
	}
	return byDue(b, a)
}

// NewEntitlement begins a division among notes of those faces, in the order of
// their ids, that have been paid nothing. Refusals: ErrShares, money.ErrOverflow.
func NewEntitlement(faces []int64) (*Entitlement, error) {
	e := &Entitlement{faces: faces, dues: make([]due, len(faces))}
	for _, f := range faces {
		if f <= 0 {
			return nil, ErrShares
		}
		whole, err := money.AddMinor(e.whole, f)
		if err != nil {
			return nil, err
		}
		e.whole = whole
	}
	if e.whole == 0 {
		return nil, ErrShares
	}
	for c := range e.paid {
		e.paid[c] = make([]int64, len(faces))
	}
	return e, nil
}

// Resume goes on with notes that have been paid already, by the same steps.
// Refusals: those of NewEntitlement.
func Resume(notes []Note) (*Entitlement, error) {
	faces := make([]int64, len(notes))
	for i := range notes {
		faces[i] = notes[i].Face
	}
	e, err := NewEntitlement(faces)
	if err != nil {
		return nil, err
	}
	for i := range notes {
		for c, minor := range notes[i].Paid {
			e.paid[c][i] = minor
			e.sum[c] += minor
		}
	}
	return e, nil
}

// Add divides a step of one component, zero or more minor units. Refusals:
// ErrPaid, money.ErrOverflow.
func (e *Entitlement) Add(part loan.Component, minor int64) error {
	if minor < 0 {
		return ErrPaid
	}
	sum, err := money.AddMinor(e.sum[part], minor)
	if err != nil || minor == 0 {
		return err
	}
	e.sum[part] = sum
	paid, left := e.paid[part], minor
	for i, face := range e.faces {
		hi, lo := bits.Mul64(uint64(sum), uint64(face))
		exact, rest := bits.Div64(hi, lo, uint64(e.whole)) // hi < face <= whole
		d := due{note: i, units: int64(exact) - paid[i], part: rest}
		if d.units > 0 {
			d.now, d.units = d.units, 0
		}
		paid[i] += d.now
		left -= d.now
		e.dues[i] = d
	}
	switch {
	case left > 0:
		e.give(paid, left)
	case left < 0:
		e.take(paid, -left)
	}
	return nil
}

// give pays the units that are left, one each: they are fewer than the notes
// that have a part of a unit due.
func (e *Entitlement) give(paid []int64, left int64) {
	slices.SortFunc(e.dues, byDueDown)
	for _, d := range e.dues[:left] {
		paid[d.note]++
	}
}

// take takes back units that are too many, because other notes had been paid
// ahead: one after the other from the notes that this step pays.
func (e *Entitlement) take(paid []int64, surplus int64) {
	slices.SortFunc(e.dues, byDue)
	for surplus > 0 {
		for i := range e.dues {
			if d := &e.dues[i]; d.now > 0 && surplus > 0 {
				d.now--
				paid[d.note]--
				surplus--
			}
		}
	}
}

// PaidTo is what a note was paid by all steps, by its place among the notes.
func (e *Entitlement) PaidTo(note int) loan.Parts {
	var p loan.Parts
	for c := range p {
		p[c] = e.paid[c][note]
	}
	return p
}
