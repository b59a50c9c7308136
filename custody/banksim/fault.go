package banksim

// Fault is one way to misbehave, on the next requests of a kind.
//
//	delay      any        waits DelayMS, then answers
//	lost       any        does nothing and hangs up
//	timeout    any        does what was asked and never answers
//	error      any        does what was asked and answers 500
//	html       any        does what was asked and answers with a page
//	huge       any        does what was asked and answers with 10 MB
//	schema     any        does what was asked and answers JSON of another kind
//	reject     send       rejects the order
//	duplicate  lines      shows every line twice
//	           callback   sends it twice
//	reorder    lines      shows the page backwards
//	           callback   holds it back until after the next one
//	omit       lines      leaves out the line Line (0: the last one of the page)
//	alter      lines      shows the line Line (0: the last) with one cent more
//	forge      callback   sends three that nobody signed before the real one
type Fault struct {
	On        string `json:"on"`         // send, find, lines, balance, callback
	Kind      string `json:"kind"`       // see above
	Times     int    `json:"times"`      // how often; 0: once
	Pass      int    `json:"pass"`       // how many requests go well before
	RequestNo string `json:"request_no"` // send, find: only this order; "": any
	Line      int64  `json:"line"`
	DelayMS   int    `json:"delay_ms"`
}

// Script adds faults behind those that wait.
func (b *Bank) Script(faults ...Fault) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, f := range faults {
		if f.Times == 0 {
			f.Times = 1
		}
		b.faults = append(b.faults, &f)
	}
}

// Behave takes all faults back.
func (b *Bank) Behave() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults = nil
}

// fault takes the next fault for a request; the zero Fault when all goes well.
func (b *Bank) fault(on, requestNo string) Fault {
	for i, f := range b.faults {
		if f.On != on || f.RequestNo != "" && f.RequestNo != requestNo {
			continue
		}
		if f.Pass > 0 {
			f.Pass--
			return Fault{}
		}
		taken := *f
		if f.Times--; f.Times == 0 {
			b.faults = append(b.faults[:i:i], b.faults[i+1:]...)
		}
		return taken
	}
	return Fault{}
}
