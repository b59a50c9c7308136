package loan

import "slices"

// State is where a disbursed loan stands.
//
//	                     due date missed    90 days late       given up
//	disbursed --> active -----------> late -----------> default -------> charged_off
//	              ^ |    <-- paid up -- |  <- paid down -  |                  |
//	  last payment| | all               | all              | all              | it owed
//	      bounced | v paid              v paid             v paid             v nothing
//	             repaid <------------------------------------------------------
//
//	active -- declared, by event --> default -- paid up --> active
//
// A charged-off loan owed nothing when a back-dated payment turns out to have
// repaid it before. The legal steps are those of the table steps.
type State string

// The states.
const (
	StateActive     State = "active"
	StateLate       State = "late"        // an instalment is past due
	StateDefault    State = "default"     // too many days past due, or declared
	StateChargedOff State = "charged_off" // written off; recoveries may follow
	StateRepaid     State = "repaid"      // nothing is owed
)

// steps are the legal steps from each state.
var steps = map[State][]State{
	StateActive:     {StateLate, StateDefault, StateRepaid},
	StateLate:       {StateActive, StateDefault, StateRepaid},
	StateDefault:    {StateActive, StateLate, StateChargedOff, StateRepaid},
	StateChargedOff: {StateRepaid},
	StateRepaid:     {StateActive},
}

// Step returns to when the step is legal. Refusal: ErrStep.
func (s State) Step(to State) (State, error) {
	if !slices.Contains(steps[s], to) {
		return s, ErrStep.With("%s -> %s", s, to)
	}
	return to, nil
}

// StepsTo returns the fewest legal steps that lead from s to a state, without s
// itself: what a caller announces when a replay has moved a loan further than
// one step (a repaid loan whose payments bounced long ago passes active and
// late on its way to default). Refusal: ErrStep when there is no way.
func (s State) StepsTo(to State) ([]State, error) {
	if s == to {
		return nil, nil
	}
	from := map[State]State{s: s}
	queue := []State{s}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for _, next := range steps[at] {
			if _, seen := from[next]; seen {
				continue
			}
			from[next] = at
			if next == to {
				return pathBack(from, s, to), nil
			}
			queue = append(queue, next)
		}
	}
	return nil, ErrStep.With("%s -> %s", s, to)
}

func pathBack(from map[State]State, start, end State) []State {
	var path []State
	for at := end; at != start; at = from[at] {
		path = append(path, at)
	}
	slices.Reverse(path)
	return path
}
