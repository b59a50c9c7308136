package main

import (
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"openlend/internal/clock"
)

// barAfter is how long a task runs before a progress bar shows.
const barAfter = 2 * time.Second

// progress returns a function that tells how much is done. On a terminal it
// draws a bar on standard error once the task has taken two seconds; anywhere
// else it does nothing.
func progress(std streams, what string) func(done, of int) {
	f, ok := std.Err.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return func(int, int) {}
	}
	watch := clock.Start()
	var bar *progressbar.ProgressBar
	return func(done, of int) {
		if watch.Elapsed() < barAfter {
			return
		}
		if bar == nil {
			bar = progressbar.NewOptions(of, progressbar.OptionSetWriter(f),
				progressbar.OptionSetDescription(what), progressbar.OptionClearOnFinish(),
				progressbar.OptionThrottle(100*time.Millisecond))
		}
		_ = bar.Set(min(done, of)) // a bar that cannot be drawn is no failure
	}
}
