package loan

import (
	"cmp"
	"math"
	"slices"
	"strconv"

	"github.com/govalues/decimal"
)

// The solvers of this package (APR, APRC, XIRR, IRR, RATE) are the only place
// of openlend where money meets float64. Amounts come in as decimals and rates
// leave as decimals (quantise) or money.Rate; no float is stored or compared
// outside these files.

// flow is one term of a price equation at a rate i per period:
//
//	amount / ((1 + fraction·i) · (1 + i)^periods)
//
// The fraction is the simple-interest part of Regulation Z; elsewhere it is 0.
type flow struct{ amount, periods, fraction float64 }

// The rates that are searched, as u = ln(1+i): above -1 + 1e-15 (nearer to -1
// fifteen decimals cannot tell them apart) and up to 1e18 (a decimal's digits).
const (
	lowestLogRate  = -34.53
	highestLogRate = 41.44
)

// solveFlows returns the rate i at which the flows are worth nothing. When there
// are several it is the one nearest to the guess, passing over those that float64
// cannot pin down (far below zero over many years) as long as a better one is
// found. Flows need no order; they are sorted in place. Refusal: ErrNoRoot.
func solveFlows(flows []flow, guess float64) (float64, error) {
	flows = mergeFlows(flows)
	if len(flows) == 0 {
		return 0, ErrNoRoot.With("there is no flow, or the flows cancel out")
	}
	if sameSign(flows) {
		return 0, ErrNoRoot.With("they all go one way")
	}
	u, ok := nearestRoot(worth(flows), math.Log1p(guess), pinnedDown(flows))
	if !ok {
		return 0, ErrNoRoot.With("none lies between -1 and 1e18")
	}
	return math.Expm1(u), nil
}

// pinnedDown tells whether float64 can express a rate well enough to make the
// flows, seen from the first, worth as good as nothing: not where they outgrow
// their amounts so far that the sum is all rounding.
func pinnedDown(flows []flow) func(u float64) bool {
	const tooFar = 1e4
	first := flows[0].periods
	return func(u float64) bool {
		amounts, grown := 0.0, 0.0
		for _, f := range flows {
			amounts += math.Abs(f.amount)
			grown += math.Abs(f.amount) * math.Exp(u*(first-f.periods))
		}
		return grown <= tooFar*amounts
	}
}

// mergeFlows sorts by time and adds up what falls on one instant, so that the
// first and the last flow are not zero: their signs rule the far ends of worth.
func mergeFlows(flows []flow) []flow {
	slices.SortFunc(flows, func(a, b flow) int {
		return cmp.Or(cmp.Compare(a.periods, b.periods), cmp.Compare(a.fraction, b.fraction),
			cmp.Compare(a.amount, b.amount)) // the amount too: one rounding in any order
	})
	merged := flows[:0]
	for i := 0; i < len(flows); {
		sum, size, at := 0.0, 0.0, flows[i]
		for ; i < len(flows); i++ {
			f := flows[i]
			if f.periods != at.periods || f.fraction != at.fraction {
				break
			}
			sum += f.amount
			size += math.Abs(f.amount)
		}
		if math.Abs(sum) > 1e-14*size { // else what is left is rounding of a zero
			merged = append(merged, flow{sum, at.periods, at.fraction})
		}
	}
	return merged
}

func sameSign(flows []flow) bool {
	for _, f := range flows {
		if (f.amount > 0) != (flows[0].amount > 0) {
			return false
		}
	}
	return true
}

// worth returns the value of merged flows at the rate e^u - 1, up to a factor
// above zero: seen from the first flow where u >= 0 and from the last where
// u < 0. So no exponent is positive, nothing overflows however near to -1 the
// rate is, and at either end the value tends to a flow that is not zero.
func worth(flows []flow) func(u float64) float64 {
	first, last := flows[0].periods, flows[len(flows)-1].periods
	return func(u float64) float64 {
		origin := first
		if u < 0 {
			origin = last
		}
		i, sum := math.Expm1(u), 0.0
		for _, f := range flows {
			v := f.amount * math.Exp(u*(origin-f.periods))
			if f.fraction != 0 {
				v /= 1 + f.fraction*i
			}
			sum += v
		}
		return sum
	}
}

// point is a place that has been evaluated.
type point struct{ u, value float64 }

// nearestRoot walks from the centre to both sides with growing steps until f
// changes its sign between two neighbours, and returns the root between them if
// it is good, else walks on for a better one. A dip towards zero that does not
// cross it on the grid is looked into, which finds double roots and pairs of
// roots between two steps.
func nearestRoot(f func(u float64) float64, centre float64, good func(u float64) bool,
) (nearest float64, found bool) {
	centre = max(lowestLogRate, min(centre, highestLogRate))
	start := point{centre, f(centre)}
	sides := [2]struct {
		before, last point
		direction    float64
	}{{start, start, 1}, {start, start, -1}}
	for away := 0.0; away < highestLogRate-lowestLogRate; {
		away += stepAt(away)
		for s := range sides {
			side := &sides[s]
			u := max(lowestLogRate, min(centre+side.direction*away, highestLogRate))
			if u == side.last.u {
				continue // this side has been walked to its end
			}
			next := point{u, f(u)}
			if s == 1 && side.before == start && side.last == start {
				side.before = sides[0].last // the first step left sees the first step right
			}
			root, ok := rootNear(f, side.before, side.last, next)
			switch {
			case ok && good(root):
				return root, true
			case ok && !found:
				nearest, found = root, true
			}
			side.before, side.last = side.last, next
		}
	}
	return nearest, found
}

// rootNear looks for a root between b and c, or in a dip between a and c.
func rootNear(f func(float64) float64, a, b, c point) (float64, bool) {
	if crosses(b, c) {
		return bracketedRoot(f, b, c), true
	}
	return rootInDip(f, a, b, c)
}

// stepAt widens the grid away from the centre: rates of loans lie near it.
func stepAt(away float64) float64 {
	switch {
	case away < 1:
		return 0.05
	case away < 5:
		return 0.25
	}
	return 1
}

func crosses(a, b point) bool { return (a.value >= 0) != (b.value >= 0) }

// rootInDip looks for a root between a and c when |f| at b is below both and
// the sign is the same at all three: golden section down to the lowest |f|.
func rootInDip(f func(float64) float64, a, b, c point) (float64, bool) {
	if math.Abs(b.value) >= math.Abs(a.value) || math.Abs(b.value) >= math.Abs(c.value) {
		return 0, false
	}
	const golden = 0.381966011250105
	touch := 1e-11 * min(math.Abs(a.value), math.Abs(c.value))
	for range 80 {
		end := a
		if math.Abs(c.u-b.u) > math.Abs(a.u-b.u) {
			end = c
		}
		x := b.u + golden*(end.u-b.u)
		next := point{x, f(x)}
		switch {
		case crosses(b, next):
			return bracketedRoot(f, b, next), true
		case math.Abs(next.value) < math.Abs(b.value):
			if end == c {
				a, b = b, next
			} else {
				c, b = b, next
			}
		case end == c:
			c = next
		default:
			a = next
		}
	}
	return b.u, math.Abs(b.value) <= touch
}

// bracketedRoot returns the root between two points of different sign, to the
// last bits of u, by Chandrupatla's method: inverse quadratic interpolation
// where the three last points allow it, bisection where they do not
// (T. Chandrupatla, Advances in Engineering Software 28, 1997).
func bracketedRoot(f func(float64) float64, a, b point) float64 {
	const (
		relative = 0x1p-52
		absolute = 1e-17
		rounds   = 200 // bisection alone needs fewer
	)
	var c point
	t := 0.5
	for range rounds {
		u := a.u + t*(b.u-a.u)
		next := point{u, f(u)}
		if (next.value >= 0) == (a.value >= 0) {
			c = a
		} else {
			c, b = b, a
		}
		a = next
		best := a
		if math.Abs(b.value) < math.Abs(a.value) {
			best = b
		}
		limit := (2*relative*math.Abs(best.u) + 2*absolute) / math.Abs(b.u-a.u)
		if limit > 0.5 || best.value == 0 {
			return best.u
		}
		t = 0.5
		xi := (a.u - b.u) / (c.u - b.u)
		phi := (a.value - b.value) / (c.value - b.value)
		if phi*phi < xi && (1-phi)*(1-phi) < 1-xi {
			t = a.value/(b.value-a.value)*c.value/(b.value-c.value) +
				(c.u-a.u)/(b.u-a.u)*a.value/(c.value-a.value)*b.value/(c.value-b.value)
		}
		t = max(limit, min(t, 1-limit))
	}
	return a.u
}

// float reads a decimal for a solver.
func float(d decimal.Decimal) float64 {
	f, _ := d.Float64() // a decimal of 19 digits is always in range
	return f
}

// quantise turns what a solver found into a decimal of at most fifteen
// significant digits and fifteen decimals, as spreadsheets keep; the digits
// beyond are noise. Refusal: ErrNoValue (not a number, infinite, too large).
func quantise(x float64) (decimal.Decimal, error) {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return decimal.Decimal{}, ErrNoValue
	}
	d, err := decimal.Parse(strconv.FormatFloat(x, 'e', 14, 64))
	if err != nil {
		return decimal.Decimal{}, ErrNoValue.With("it is out of range")
	}
	return d.Round(15).Trim(0), nil
}
