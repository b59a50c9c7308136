package loan

import (
	"math/bits"

	"openlend/money"
)

// adjustments is how often the equal instalment is moved to bring the last one
// nearer to the others.
const adjustments = 3

// layEqualInstalments fills in the rows of EqualInstalments. The instalment is
// the annuity of the periods that repay principal, rounded to the minor unit
// and then to the multiple.
//
// The last one clears what the roundings have left over. When that makes it
// differ from the others by more than half a minor unit for each of them, the
// difference is spread (half even) over all, kept if it shrinks, and tried
// again, three times in all. This is the rule of Apache Fineract's progressive
// loans, whose published schedules the tests repeat.
func (t Terms) layEqualInstalments(rows []Instalment, ps []period) error {
	n := int64(t.Instalments - t.GracePrincipal)
	instalment, err := levelPayment(t.Principal.Minor(), ps[t.GracePrincipal:])
	if err != nil {
		return err
	}
	if instalment, err = t.toMultiple(instalment); err != nil {
		return err
	}
	residue, err := t.layInstalment(rows, ps, instalment)
	for range adjustments {
		if err != nil || abs(residue) <= n/2 {
			return err
		}
		moved, err := t.moved(instalment, residue, n)
		if err != nil || moved == instalment {
			return err
		}
		left, err := t.layInstalment(rows, ps, moved)
		if err != nil {
			return err
		}
		if abs(left) >= abs(residue) {
			_, err = t.layInstalment(rows, ps, instalment)
			return err
		}
		instalment, residue = moved, left
	}
	return nil
}

// moved returns the instalment moved by the n-th part of the residue.
func (t Terms) moved(instalment, residue, n int64) (int64, error) {
	step, err := money.MulDiv(residue, 1, n, money.HalfEven)
	if err != nil {
		return 0, err
	}
	if instalment, err = money.AddMinor(instalment, step); err != nil {
		return 0, err
	}
	return t.toMultiple(instalment)
}

// layInstalment fills in the rows and returns by how much the last instalment
// is above the others.
func (t Terms) layInstalment(rows []Instalment, ps []period, instalment int64) (int64, error) {
	if err := t.layOnBalance(rows, ps, instalment); err != nil {
		return 0, err
	}
	last := rows[len(rows)-1]
	total, err := money.AddMinor(last.Principal, last.Interest)
	return total - instalment, err
}

// levelPayment returns the sum that, paid at the end of every period, is worth the
// principal at the start of the first, half even: the principal over the sum of
// the discount factors, v1 = 1/(1+f1), v2 = v1/(1+f2) …
//
// The discount factors are fixed point with 62 binary places, each rounded
// down, and their sum has 128 bits: for 480 periods the result is good to 15
// decimal digits. Refusal: money.ErrOverflow.
func levelPayment(principal int64, ps []period) (int64, error) {
	const places = 62
	v, sumHi, sumLo, carry := uint64(1)<<places, uint64(0), uint64(0), uint64(0)
	for _, p := range ps {
		hi, lo := bits.Mul64(v, uint64(p.factor.den))
		v, _ = bits.Div64(hi, lo, uint64(p.factor.den+p.factor.num))
		sumLo, carry = bits.Add64(sumLo, v, 0)
		sumHi += carry
	}
	// Drop as many places as leave the sum, 1 to len(ps) ones, an int64 again.
	drop := bits.Len(uint(len(ps)))
	sum := int64(sumHi<<(64-drop) | sumLo>>drop)
	return money.MulDiv(principal, 1<<(places-drop), sum, money.HalfEven)
}

func abs(x int64) int64 {
	if x < 0 {
		return -x
	}
	return x
}
