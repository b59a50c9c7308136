// Package fault lets a test end the process at a named point of the code, as a
// crash would: at once, by SIGKILL, in the middle of whatever else is under way.
//
// Invariant: without OPENLEND_FAULT in the environment a point does nothing and
// costs the reading of one pointer.
//
//	OPENLEND_FAULT=payout.before-send      ends the process at that point
//	OPENLEND_FAULT=payout.before-send#3    … when it is passed for the third time
//	OPENLEND_FAULT=trace:FILE              appends each point that is passed to FILE
//
// A test runs the work once with a trace, and then once for every line of it: so
// it crashes at every point that the work has, and not only at those that
// somebody thought of. See package faulttest.
package fault

import (
	"os"
	"strconv"
	"strings"
	"sync"
)

// Env is the environment variable.
const Env = "OPENLEND_FAULT"

// plan is what the environment asks for, nil when it asks for nothing.
var plan = parse(os.Getenv(Env))

// Point is a place where the process may end. Its name says of what and where,
// as in "room.process.before-commit".
func Point(name string) {
	if plan != nil {
		plan.pass(name)
	}
}

// Named says whether points do anything: whoever puts a name together on a hot
// path asks first.
func Named() bool { return plan != nil }

// fate is a point to end at, or a file to trace into.
type fate struct {
	point string
	nth   int // the pass of the point that is the last
	trace string

	mu     sync.Mutex
	passed int
}

// parse reads the variable; what is not a number after "#" belongs to the name.
func parse(text string) *fate {
	if text == "" {
		return nil
	}
	if file, is := strings.CutPrefix(text, "trace:"); is {
		return &fate{trace: file}
	}
	if name, count, found := strings.Cut(text, "#"); found {
		if nth, err := strconv.Atoi(count); err == nil {
			return &fate{point: name, nth: nth}
		}
	}
	return &fate{point: text, nth: 1}
}

// pass takes turns: nobody else passes a point while the process ends.
func (f *fate) pass(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.trace != "" {
		f.append(name)
		return
	}
	if name != f.point {
		return
	}
	if f.passed++; f.passed == f.nth {
		end()
	}
}

// append opens the file each time: what ends the process next must find the
// line written.
func (f *fate) append(name string) {
	file, err := os.OpenFile(f.trace, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = file.WriteString(name + "\n")
	}
	if err == nil {
		err = file.Close()
	}
	if err != nil {
		panic("fault: the trace cannot be written: " + err.Error()) // the test would lie
	}
}

// end kills this process and never returns.
func end() {
	self, err := os.FindProcess(os.Getpid())
	if err == nil {
		err = self.Kill()
	}
	if err != nil {
		panic("fault: cannot kill myself: " + err.Error())
	}
	select {} // the signal is on its way
}
