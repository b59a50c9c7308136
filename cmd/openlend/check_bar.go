package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/term"
)

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// checkBar shows on a terminal how far a run of checks is. A check that is one
// long query tells nothing while it runs, so the bar draws itself by the clock.
type checkBar struct {
	std     streams
	show    func(done, of int)
	stop    chan struct{}
	stopped sync.WaitGroup

	mu       sync.Mutex
	done, of int
}

func newCheckBar(std streams) *checkBar {
	b := &checkBar{std: std, show: progress(std, "check"), stop: make(chan struct{}), of: 1}
	if isTerminal(std.Err) {
		b.stopped.Go(b.draw)
	}
	return b
}

func (b *checkBar) draw() {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-b.stop:
			return
		case <-tick.C:
			b.mu.Lock()
			b.show(b.done, b.of)
			b.mu.Unlock()
		}
	}
}

// set tells how far the check at hand is.
func (b *checkBar) set(done, of int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.done, b.of = int(done), int(of)
}

// next clears the line for the report of a check, and begins another.
func (b *checkBar) next() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clear()
	b.done, b.of = 0, 1
	b.show = progress(b.std, "check")
}

func (b *checkBar) end() {
	close(b.stop)
	b.stopped.Wait()
	b.clear()
}

func (b *checkBar) clear() {
	if isTerminal(b.std.Err) {
		_, _ = fmt.Fprint(b.std.Err, "\r\x1b[K") // a bar that stays is no failure
	}
}
