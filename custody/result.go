package custody

import "openlend/money"

// Outcome is what the bank says of an order.
type Outcome string

// The outcomes. Unknown is not the bank's word: its answer was lost.
const (
	OutcomeUnknown  Outcome = "unknown"
	OutcomePending  Outcome = "pending"
	OutcomeSettled  Outcome = "settled"
	OutcomeRejected Outcome = "rejected"
	OutcomeReturned Outcome = "returned"
)

// Result is what is heard of one order, in whatever way: the answer to the
// order, a query, or a line of the statement.
type Result struct {
	Outcome    Outcome
	Amount     money.Amount // as the bank has it; not for unknown
	Line       int64        // of the statement, that shows it paid: settled, returned
	ReturnLine int64        // that shows it come back: returned
	Reason     string
}

// finding is why a result is no step but a break; the zero one is none.
type finding struct {
	kind BreakKind
	what string
}

// path is the whole rule of what the bank's word does to a payout: the states to
// go through from where it stands, none when the word is no news; or a break,
// and then nothing moves. Final states are sticky.
//
//	           | intent   | sent, unknown | settled  | returned | rejected | cancelled
//	"unknown"  | -        | unknown       | -        | -        | -        | -
//	"pending"  | sent     | sent          | -        | -        | -        | a break
//	"settled"  | settled  | settled       | -        | -        | a break  | a break
//	"returned" | returned | returned      | returned | -        | a break  | a break
//	"rejected" | rejected | rejected      | a break  | a break  | -        | -
//
// with sent, and for a return settled, gone through on the way.
//
// A payment or a return that shows on another line than before is a break too.
func (p *Payout) path(r Result) ([]PayoutState, finding) {
	if r.Outcome == OutcomeUnknown {
		if p.State == PayoutSent {
			return []PayoutState{PayoutUnknown}, finding{}
		}
		return nil, finding{}
	}
	if r.Amount != p.Amount {
		return nil, finding{BreakAmount, "the bank has " + r.Amount.String() +
			" for an order of " + p.Amount.String()}
	}
	if p.Line != 0 && r.Line != 0 && p.Line != r.Line ||
		p.ReturnLine != 0 && r.ReturnLine != 0 && p.ReturnLine != r.ReturnLine {
		return nil, finding{BreakSecondLine, "the bank shows it on a second line"}
	}
	steps, sound := wordOf[r.Outcome][p.State]
	if !sound {
		return nil, finding{BreakContradiction,
			"it is " + string(p.State) + ", and the bank says " + string(r.Outcome)}
	}
	return steps, finding{}
}

// wordOf is the table of path; what is not in it contradicts.
var wordOf = map[Outcome]map[PayoutState][]PayoutState{
	OutcomePending: {
		PayoutIntent: {PayoutSent}, PayoutSent: nil, PayoutUnknown: {PayoutSent},
		PayoutSettled: nil, PayoutReturned: nil, PayoutRejected: nil,
	},
	OutcomeSettled: {
		PayoutIntent: {PayoutSent, PayoutSettled}, PayoutSent: {PayoutSettled},
		PayoutUnknown: {PayoutSettled}, PayoutSettled: nil, PayoutReturned: nil,
	},
	OutcomeReturned: {
		PayoutIntent:  {PayoutSent, PayoutSettled, PayoutReturned},
		PayoutSent:    {PayoutSettled, PayoutReturned},
		PayoutUnknown: {PayoutSettled, PayoutReturned},
		PayoutSettled: {PayoutReturned}, PayoutReturned: nil,
	},
	OutcomeRejected: {
		PayoutIntent: {PayoutSent, PayoutRejected}, PayoutSent: {PayoutRejected},
		PayoutUnknown: {PayoutRejected}, PayoutRejected: nil, PayoutCancelled: nil,
	},
}
