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
// Periods at the start whose interest alone is more than that, as a long first
// one may be, count as grace on principal: the others share it.
//
// The last one clears what the roundings have left over. When that makes it
// differ from the others by more than half a minor unit for each of them, the
// difference is spread (half even) over all, kept if it shrinks, and tried
// again, three times in all. This is the rule of Apache Fineract's progressive
// loans, whose published schedules the tests repeat.
func (t *Terms) layEqualInstalments(rows []Instalment, ps []period) error {
	repaying := ps[t.GracePrincipal:]
	instalment, err := levelPayment(t.Principal.Minor(), repaying)
	for err == nil && len(repaying) > 1 {
		var interest int64
		interest, err = repaying[0].factor.on(t.Principal.Minor())
		if err != nil || interest <= instalment {
			break
		}
		repaying = repaying[1:]
		instalment, err = levelPayment(t.Principal.Minor(), repaying)
	}
	if err != nil {
		return err
	}
	if instalment, err = t.toMultiple(instalment); err != nil {
		return err
	}
	n := int64(len(repaying))
	residue, err := t.layInstalment(rows, ps, instalment)
	for round := 0; err == nil && round < adjustments && abs(residue) > n/2; round++ {
		var next, left int64
		if next, err = t.moved(instalment, residue, n); err != nil || next == instalment {
			break
		}
		if left, err = t.layInstalment(rows, ps, next); err != nil {
			break
		}
		if abs(left) >= abs(residue) {
			_, err = t.layInstalment(rows, ps, instalment)
			break
		}
		instalment, residue = next, left
	}
	return err
}

// moved returns the instalment moved by the n-th part of the residue.
func (t *Terms) moved(instalment, residue, n int64) (int64, error) {
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
func (t *Terms) layInstalment(rows []Instalment, ps []period, instalment int64) (int64, error) {
	if err := t.layOnBalance(rows, ps, instalment); err != nil {
		return 0, err
	}
	last := rows[len(rows)-1]
	total, err := money.AddMinor(last.Principal, last.Interest)
	return total - instalment, err
}

// levelPayment returns the sum that, paid at the end of every period, is worth
// the principal at the start of the first, half even: the principal over the
// present value of payments of one, d1·(1 + d2·(1 + d3·(…))) with the discounts
// d = 1/(1+f), taken from the last period to the first.
//
// The discounts are fixed point with 63 binary places, and the value with as many
// as leave room for the number of periods, all rounded down: for 480 periods the
// result is good to 15 decimal digits, for the most there may be to 13.
// Refusal: money.ErrOverflow.
func levelPayment(principal int64, ps []period) (int64, error) {
	one := uint64(1) << (62 - bits.Len(uint(len(ps)))) // the value is at most len(ps) ones
	value := uint64(0)
	for i := len(ps) - 1; i >= 0; i-- {
		f := &ps[i].factor
		den := uint64(f.den)
		discount, _ := bits.Div64(den>>1, den<<63, den+uint64(f.num))
		hi, lo := bits.Mul64(discount, one+value)
		value = hi<<1 | lo>>63
	}
	return money.MulDiv(principal, int64(one), int64(value), money.HalfEven)
}

func abs(x int64) int64 {
	if x < 0 {
		return -x
	}
	return x
}
