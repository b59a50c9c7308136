package note

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"openlend/loan"
	"openlend/money"
)

// Any steps among any notes: nobody is paid less than nothing in a step, every
// step is divided to the unit, nobody is ever two units away from what he is
// entitled to, and principal that was repaid in full is every note's face.
func TestEntitlementIsFairAtEveryStep(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		faces := drawFaces(t)
		whole := sum(faces)
		e, err := NewEntitlement(faces)
		if err != nil {
			t.Fatal(err)
		}
		came := int64(0)
		for came < whole {
			step := min(whole-came, drawStep(t, whole))
			before := e.paidOf(loan.PrincipalPart)
			if err := e.Add(loan.PrincipalPart, step); err != nil {
				t.Fatal(err)
			}
			came += step
			after := e.paidOf(loan.PrincipalPart)
			if sum(after) != came {
				t.Fatalf("%d of %d divided", sum(after), came)
			}
			for i := range faces {
				if after[i] < before[i] {
					t.Fatalf("note %d: %d after %d", i, after[i], before[i])
				}
				checkDrift(t, came, faces[i], whole, after[i])
			}
		}
		if got := e.paidOf(loan.PrincipalPart); !slices.Equal(got, faces) {
			t.Fatalf("%v of %v", got, faces)
		}
	})
}

// checkDrift: |came x face / whole - paid| < 2.
func checkDrift(t *rapid.T, came, face, whole, paid int64) {
	down, err := money.MulDiv(came, face, whole, money.Down)
	if err != nil {
		t.Fatal(err)
	}
	up, err := money.MulDiv(came, face, whole, money.Up)
	if err != nil {
		t.Fatal(err)
	}
	within := up <= paid+2 && down >= paid-2
	if down == up {
		within = up < paid+2 && down > paid-2
	}
	if !within {
		t.Fatalf("paid %d of %d to %d", paid, down, up)
	}
}

func drawFaces(t *rapid.T) []int64 {
	largest := rapid.SampledFrom([]int64{1, 3, 100, 1_000_000, 1 << 40}).Draw(t, "largest")
	n := rapid.SampledFrom([]int{1, 2, 3, 7, 40, 300}).Draw(t, "holders")
	return rapid.SliceOfN(rapid.Int64Range(1, largest), n, n).Draw(t, "faces")
}

func drawStep(t *rapid.T, whole int64) int64 {
	return rapid.OneOf(
		rapid.Int64Range(1, max(1, whole/10)+whole/40),
		rapid.Just(max(1, whole/17)),
		rapid.Int64Range(max(1, whole/200), max(1, whole/30)+1),
	).Draw(t, "step")
}

// Steps of one unit are where the smallest holders are paid ahead or behind.
func TestEntitlementUnitByUnit(t *testing.T) {
	for _, faces := range [][]int64{
		{1, 1, 1}, {1000, 1, 1, 1}, {7, 11, 13, 17, 19}, {1, 2, 3, 500},
		slices.Repeat([]int64{3}, 60),
	} {
		t.Run(fmt.Sprint(faces[:3]), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				e, err := NewEntitlement(faces)
				if err != nil {
					t.Fatal(err)
				}
				whole := sum(faces)
				most := rapid.Int64Range(1, 3).Draw(t, "most")
				for came := int64(0); came < 4*whole; {
					step := rapid.Int64Range(1, most).Draw(t, "step")
					if err := e.Add(loan.InterestPart, step); err != nil {
						t.Fatal(err)
					}
					came += step
					paid := e.paidOf(loan.InterestPart)
					if sum(paid) != came {
						t.Fatalf("%d of %d", sum(paid), came)
					}
					for i := range faces {
						checkDrift(t, came, faces[i], whole, paid[i])
					}
				}
			})
		})
	}
}

// A division that goes on from what notes were paid is the one from the start.
func TestResume(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		faces := drawFaces(t)
		whole, err := NewEntitlement(faces)
		if err != nil {
			t.Fatal(err)
		}
		notes := make([]Note, len(faces))
		for i := range notes {
			notes[i].Face = faces[i]
		}
		for range rapid.IntRange(1, 8).Draw(t, "steps") {
			part := loan.Component(rapid.IntRange(0, len(loan.Parts{})-1).Draw(t, "part"))
			step := rapid.Int64Range(0, 5_000).Draw(t, "minor")
			resumed, err := Resume(notes)
			if err != nil {
				t.Fatal(err)
			}
			if err := whole.Add(part, step); err != nil {
				t.Fatal(err)
			}
			if err := resumed.Add(part, step); err != nil {
				t.Fatal(err)
			}
			for i := range notes {
				if notes[i].Paid = resumed.PaidTo(i); notes[i].Paid != whole.PaidTo(i) {
					t.Fatalf("note %d: %v, %v", i, notes[i].Paid, whole.PaidTo(i))
				}
			}
		}
	})
}

// The units that are left go to the largest rests, ties to the lower note.
func TestEntitlementTies(t *testing.T) {
	e, err := NewEntitlement([]int64{2, 2, 2, 4})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range [][]int64{{0, 0, 0, 1}, {1, 0, 0, 1}, {1, 1, 0, 1}, {1, 1, 1, 1}} {
		if err := e.Add(loan.InterestPart, 1); err != nil {
			t.Fatal(err)
		}
		if got := e.paidOf(loan.InterestPart); !slices.Equal(got, want) {
			t.Errorf("unit %d: %v, want %v", i+1, got, want)
		}
	}
}

func TestEntitlementRefuses(t *testing.T) {
	for _, faces := range [][]int64{nil, {0}, {5, -1}, {1 << 62, 1 << 62, 1 << 62}} {
		if _, err := NewEntitlement(faces); err == nil {
			t.Errorf("%v was taken", faces)
		}
	}
	e, err := NewEntitlement([]int64{1, 2})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Add(loan.InterestPart, -1); err == nil {
		t.Error("less than nothing was divided")
	}
	if err := e.Add(loan.InterestPart, 1<<62); err != nil {
		t.Error(err)
	}
	if err := e.Add(loan.InterestPart, 1<<62); err == nil {
		t.Error("more than fits was divided")
	}
}

func sum(all []int64) (s int64) {
	for _, v := range all {
		s += v
	}
	return s
}

func (e *Entitlement) paidOf(part loan.Component) []int64 { return slices.Clone(e.paid[part]) }
