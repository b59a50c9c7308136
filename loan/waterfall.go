package loan

import "openlend/calendar"

// Component is a kind of money owed on an instalment, and the index of Parts.
type Component uint8

// The components. A cost, a late fee or an interest belongs to the instalment
// in whose period it arose.
const (
	CostPart      Component = iota // costs and fees charged
	LateFeePart                    // the flat fee of a late instalment
	PenaltyPart                    // penalty interest on what is overdue
	InterestPart                   // contract interest
	PrincipalPart                  //
	componentCount
)

var componentNames = [componentCount]string{"cost", "late_fee", "penalty", "interest", "principal"}

// String returns the name used in the books and in the API.
func (c Component) String() string {
	if c >= componentCount {
		return "component(?)"
	}
	return componentNames[c]
}

// Parts is an amount by component, in minor units of the loan's currency.
type Parts [componentCount]int64

// Sum returns the whole.
func (p Parts) Sum() int64 {
	var sum int64
	for _, v := range p {
		sum += v
	}
	return sum
}

// Step is one step of a waterfall.
type Step string

// The steps. Late fees and penalty interest are one step, the fee first.
// Overdue is what fell due before the payment's value date, due what falls due
// on it; an instalment that is due later takes nothing.
const (
	StepCosts            Step = "costs"
	StepPenalty          Step = "penalty"
	StepOverdueInterest  Step = "overdue_interest"
	StepOverduePrincipal Step = "overdue_principal"
	StepDueInterest      Step = "due_interest"
	StepDuePrincipal     Step = "due_principal"
)

// Direction says how steps and instalments are nested.
type Direction string

// The directions. Either way the oldest instalment comes first.
const (
	ByComponent  Direction = "by_component"  // a step over all instalments, then the next step
	ByInstalment Direction = "by_instalment" // an instalment through all steps, then the next one
)

// Waterfall is the order in which a payment is allocated: a term of the
// product, since law and lenders' shares depend on it.
type Waterfall struct {
	Order [6]Step   `json:"order"`
	By    Direction `json:"by"`
}

// The waterfalls in common use.
var (
	// PenaltyFirst is the usual order of loan agreements.
	PenaltyFirst = Waterfall{[6]Step{StepCosts, StepPenalty, StepOverdueInterest,
		StepOverduePrincipal, StepDueInterest, StepDuePrincipal}, ByComponent}
	// PenaltyLast is the order of consumer rules that let a payment reduce
	// the debt before it feeds the penalty.
	PenaltyLast = Waterfall{[6]Step{StepOverdueInterest, StepOverduePrincipal,
		StepDueInterest, StepDuePrincipal, StepCosts, StepPenalty}, ByComponent}
)

// validate refuses an order that leaves something out: money owed that no step
// takes could never be paid.
func (w Waterfall) validate() error {
	for _, step := range PenaltyFirst.Order {
		n := 0
		for _, s := range w.Order {
			if s == step {
				n++
			}
		}
		if n != 1 {
			return ErrWaterfall.In("waterfall.order").With("%s", step)
		}
	}
	if w.By != ByComponent && w.By != ByInstalment {
		return ErrWaterfall.In("waterfall.by").With("%q", w.By)
	}
	return nil
}

// distribute allocates the money at hand to what is owed on a day, in the order
// of the product. Partial amounts are taken, and nothing depends on an earlier
// instalment having been paid.
func (f *fold) distribute(on calendar.Date) {
	if f.cash == 0 {
		return
	}
	end := f.demanded(on)
	order := &f.product.Waterfall.Order
	if f.product.Waterfall.By == ByInstalment {
		for i := f.first; i < end && f.cash > 0; i++ {
			for _, step := range order {
				f.take(step, i, on)
			}
		}
		return
	}
	for _, step := range order {
		for i := f.first; i < end && f.cash > 0; i++ {
			f.take(step, i, on)
		}
	}
}

// demanded returns the end of the lines that may owe something on a day: all
// that are due and the one whose period is running, which may carry costs.
func (f *fold) demanded(on calendar.Date) int {
	return min(f.lineAt(on)+1, len(f.lines))
}

// take lets one step of the waterfall take what it can of one line.
func (f *fold) take(step Step, i int, on calendar.Date) {
	due := f.lines[i].DueOn
	switch step {
	case StepCosts:
		f.pay(i, CostPart, on)
	case StepPenalty:
		f.pay(i, LateFeePart, on)
		f.pay(i, PenaltyPart, on)
	case StepOverdueInterest:
		if due < on {
			f.pay(i, InterestPart, on)
		}
	case StepOverduePrincipal:
		if due < on {
			f.pay(i, PrincipalPart, on)
		}
	case StepDueInterest:
		if due == on {
			f.pay(i, InterestPart, on)
		}
	case StepDuePrincipal:
		if due == on {
			f.pay(i, PrincipalPart, on)
		}
	}
}
