package loan

import (
	"math"

	"github.com/govalues/decimal"
)

// Annuity is a row of equal payments and the five quantities of the time value
// of money, any one of which follows from the other four:
//
//	Present·(1+r)^n + Payment·(1+r·s)·((1+r)^n - 1)/r + Future = 0
//
// with s = 1 when payments fall at the start of a period. What is received is
// positive, what is paid negative, as in the spreadsheet functions named beside
// each method. Results have at most fifteen significant digits; schedules never
// use them, they count in minor units.
type Annuity struct {
	Rate      decimal.Decimal // per period, above -1
	Periods   decimal.Decimal // how many; a spreadsheet allows half a period
	Payment   decimal.Decimal // each period
	Present   decimal.Decimal // value before the first period
	Future    decimal.Decimal // value left after the last period
	InAdvance bool            // payments at the start of each period (type 1)
}

// maxGrowth is the largest n·ln(1+r) that is computed: e^700 fits a float64.
const maxGrowth = 700

// annuity is an Annuity read into floats, with what all formulas need.
type annuity struct {
	rate, periods, payment, present, future float64

	shift float64 // 1 + rate when payments are in advance, else 1
}

func (a Annuity) read() (annuity, error) {
	f := annuity{float(a.Rate), float(a.Periods), float(a.Payment),
		float(a.Present), float(a.Future), 1}
	if a.InAdvance {
		f.shift += f.rate
	}
	if f.rate <= -1 || math.Abs(f.periods*math.Log1p(f.rate)) > maxGrowth {
		return annuity{}, ErrNoValue
	}
	return f, nil
}

// growth returns (1+rate)^n.
func (a annuity) growth(n float64) float64 { return math.Exp(n * math.Log1p(a.rate)) }

// sumOfGrowth returns ((1+rate)^n - 1)/rate, the value after n periods of one
// paid at the end of each; n when the rate is zero.
func (a annuity) sumOfGrowth(n float64) float64 {
	if a.rate == 0 {
		return n
	}
	return math.Expm1(n*math.Log1p(a.rate)) / a.rate
}

func (a annuity) solvePayment() float64 {
	return -(a.present*a.growth(a.periods) + a.future) /
		(a.shift * a.sumOfGrowth(a.periods))
}

// SolvePayment returns the payment per period that leads from Present to Future
// (PMT). Refusal: ErrNoValue.
func (a Annuity) SolvePayment() (decimal.Decimal, error) {
	f, err := a.read()
	if err != nil {
		return decimal.Decimal{}, err
	}
	return quantise(f.solvePayment())
}

// SolveFuture returns what is left after all payments (FV). Refusal: ErrNoValue.
func (a Annuity) SolveFuture() (decimal.Decimal, error) {
	f, err := a.read()
	if err != nil {
		return decimal.Decimal{}, err
	}
	return quantise(-f.present*f.growth(f.periods) -
		f.payment*f.shift*f.sumOfGrowth(f.periods))
}

// SolvePresent returns what the payments and Future are worth now (PV).
// Refusal: ErrNoValue.
func (a Annuity) SolvePresent() (decimal.Decimal, error) {
	f, err := a.read()
	if err != nil {
		return decimal.Decimal{}, err
	}
	return quantise(-(f.future + f.payment*f.shift*f.sumOfGrowth(f.periods)) /
		f.growth(f.periods))
}

// SolvePeriods returns how many payments lead from Present to Future (NPER),
// which is seldom a whole number. Refusal: ErrNoValue, when they never do.
func (a Annuity) SolvePeriods() (decimal.Decimal, error) {
	a.Periods = decimal.Zero
	f, err := a.read()
	if err != nil {
		return decimal.Decimal{}, err
	}
	if f.rate == 0 {
		return quantise(-(f.present + f.future) / f.payment)
	}
	perpetuity := f.payment * f.shift / f.rate
	return quantise(math.Log((perpetuity-f.future)/(perpetuity+f.present)) /
		math.Log1p(f.rate))
}

// SolveRate returns the rate per period (RATE), the one nearest to the guess
// (spreadsheets start at 0.1) when there are several.
// Refusals: ErrNoRoot, ErrNoValue (no periods, or a guess of -1 or less).
func (a Annuity) SolveRate(guess decimal.Decimal) (decimal.Decimal, error) {
	a.Rate = decimal.Zero
	f, err := a.read()
	if err != nil {
		return decimal.Decimal{}, err
	}
	start := float(guess)
	if f.periods <= 0 || start <= -1 {
		return decimal.Decimal{}, ErrNoValue
	}
	nearest := func(float64) bool { return true }
	u, ok := nearestRoot(f.worthAt(a.InAdvance), math.Log1p(start), nearest)
	if !ok {
		return decimal.Decimal{}, ErrNoRoot
	}
	return quantise(math.Expm1(u))
}

// worthAt returns the annuity's equation at the rate e^u - 1, divided by
// (1+r)^n where u > 0, so that nothing overflows. Compare worth.
func (a annuity) worthAt(inAdvance bool) func(u float64) float64 {
	return func(u float64) float64 {
		rate := math.Expm1(u)
		decay := math.Exp(-math.Abs(u) * a.periods)
		sum, shift := a.periods, 1.0 // sum: what payments of one are worth
		if rate != 0 {
			sum = -math.Expm1(-math.Abs(u)*a.periods) / math.Abs(rate)
		}
		if inAdvance {
			shift += rate
		}
		if u > 0 {
			return a.present + a.payment*shift*sum + a.future*decay
		}
		return a.present*decay + a.payment*shift*sum + a.future
	}
}

// PrincipalBetween returns the part of the payments of periods first to last
// (from 1, both included) that changes the balance (CUMPRINC; with first = last
// PPMT); InterestBetween the part that is interest (CUMIPMT, IPMT). The payment
// is solved, the field Payment is not read. Refusal: ErrNoValue.
func (a Annuity) PrincipalBetween(first, last int) (decimal.Decimal, error) {
	principal, _, err := a.between(first, last)
	if err != nil {
		return decimal.Decimal{}, err
	}
	return quantise(principal)
}

// InterestBetween is the other part of the payments: see PrincipalBetween.
func (a Annuity) InterestBetween(first, last int) (decimal.Decimal, error) {
	_, interest, err := a.between(first, last)
	if err != nil {
		return decimal.Decimal{}, err
	}
	return quantise(interest)
}

func (a Annuity) between(first, last int) (principal, interest float64, err error) {
	f, err := a.read()
	if err != nil {
		return 0, 0, err
	}
	if first < 1 || last < first || float64(last) > math.Ceil(f.periods) || last > maxSeriesCount {
		return 0, 0, ErrNoValue.With("periods %d to %d", first, last)
	}
	f.payment = f.solvePayment()
	for k := first; k <= last; k++ {
		if k > 1 || !a.InAdvance { // the first in advance has borne no interest
			interest -= f.rate * f.balance(k-1, a.InAdvance)
		}
	}
	return f.payment*float64(last-first+1) - interest, interest, nil
}

// balance returns what is outstanding right after the payment of period k (0:
// before any), with the sign of Present. A payment in advance has borne the
// interest of one period less.
func (a annuity) balance(k int, inAdvance bool) float64 {
	interestPeriods := float64(k)
	if inAdvance && k > 0 {
		interestPeriods--
	}
	return a.present*a.growth(interestPeriods) + a.payment*a.sumOfGrowth(float64(k))
}

// EffectiveRate returns the rate a year that a nominal rate, compounded so many
// times a year, comes to (EFFECT). Refusal: ErrNoValue.
func EffectiveRate(nominal decimal.Decimal, timesPerYear int) (decimal.Decimal, error) {
	n := float64(timesPerYear)
	if timesPerYear < 1 || float(nominal)/n <= -1 {
		return decimal.Decimal{}, ErrNoValue
	}
	return quantise(math.Expm1(n * math.Log1p(float(nominal)/n)))
}

// NominalRate returns the rate a year that, compounded so many times a year,
// comes to the effective rate (NOMINAL). Refusal: ErrNoValue.
func NominalRate(effective decimal.Decimal, timesPerYear int) (decimal.Decimal, error) {
	n := float64(timesPerYear)
	if timesPerYear < 1 || float(effective) <= -1 {
		return decimal.Decimal{}, ErrNoValue
	}
	return quantise(n * math.Expm1(math.Log1p(float(effective))/n))
}

// PresentValue returns what amounts at the ends of periods 1, 2, 3 … are worth
// at the start of the first (NPV). Refusal: ErrNoValue.
func PresentValue(rate decimal.Decimal, amounts []decimal.Decimal) (decimal.Decimal, error) {
	if float(rate) <= -1 || len(amounts) == 0 {
		return decimal.Decimal{}, ErrNoValue
	}
	return quantise(presentValue(float(rate), amounts))
}

func presentValue(rate float64, amounts []decimal.Decimal) float64 {
	sum, growth := 0.0, math.Log1p(rate)
	for k, amount := range amounts {
		sum += float(amount) * math.Exp(-growth*float64(k+1))
	}
	return sum
}

// InternalRate returns the rate per period at which amounts one period apart
// are worth nothing (IRR), the one nearest to the guess (spreadsheets start at
// 0.1) when there are several. Refusals: ErrNoRoot, ErrNoValue (guess).
func InternalRate(amounts []decimal.Decimal, guess decimal.Decimal) (decimal.Decimal, error) {
	if float(guess) <= -1 {
		return decimal.Decimal{}, ErrNoValue
	}
	flows := make([]flow, len(amounts))
	for k, amount := range amounts {
		flows[k] = flow{amount: float(amount), periods: float64(k)}
	}
	rate, err := solveFlows(flows, float(guess))
	if err != nil {
		return decimal.Decimal{}, err
	}
	return quantise(rate)
}

// ModifiedInternalRate returns the rate per period when what is paid is
// financed at one rate and what is received earns another (MIRR).
// Refusal: ErrNoValue (fewer than two amounts, or all go one way).
func ModifiedInternalRate(amounts []decimal.Decimal, finance, reinvest decimal.Decimal,
) (decimal.Decimal, error) {
	if float(finance) <= -1 || float(reinvest) <= -1 || len(amounts) < 2 {
		return decimal.Decimal{}, ErrNoValue
	}
	paid := make([]decimal.Decimal, len(amounts))
	received := make([]decimal.Decimal, len(amounts))
	for k, amount := range amounts {
		if amount.IsNeg() {
			paid[k] = amount
		} else {
			received[k] = amount
		}
	}
	steps := float64(len(amounts) - 1)
	final := presentValue(float(reinvest), received) * math.Pow(1+float(reinvest), steps)
	cost := -presentValue(float(finance), paid)
	// Both are discounted one period too many, by different rates.
	final, cost = final*(1+float(reinvest)), cost*(1+float(finance))
	return quantise(math.Pow(final/cost, 1/steps) - 1)
}
