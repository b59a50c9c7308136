// Package faulttest crashes a piece of work at every point that it passes.
//
// Invariant: the points are those that the work itself has passed, each as often
// as it has passed it; a run that is not killed where it should be fails the
// test.
package faulttest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"openlend/internal/fault"
)

// EachPoint runs a process once to its end, to learn which points of package
// fault it passes, and then once for every pass of every point, killed there.
// command makes the process of a run, 0 being the first: usually the test binary
// itself with an environment of its own. After every kill check looks at what is
// left and goes on with the work; point is as in OPENLEND_FAULT.
//
// It returns the points. A work whose later runs pass fewer points than its
// first, because of what earlier ones have left, needs a fresh start from
// command.
func EachPoint(
	t *testing.T, command func(run int) *exec.Cmd, check func(run int, point string),
) []string {
	t.Helper()
	points := trace(t, command(0))
	if len(points) == 0 {
		t.Fatal("the work passes no point")
	}
	for i, point := range points {
		kill(t, command(i+1), point)
		check(i+1, point)
	}
	return points
}

// trace runs the work to its end and returns the passes in their order.
func trace(t *testing.T, cmd *exec.Cmd) []string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "trace")
	if out, err := run(cmd, "trace:"+file); err != nil {
		t.Fatalf("the work without a fault: %v\n%s", err, out)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	passed := map[string]int{}
	var points []string
	for name := range strings.FieldsSeq(string(text)) {
		passed[name]++
		points = append(points, fmt.Sprintf("%s#%d", name, passed[name]))
	}
	return points
}

// kill runs the work, which must die at the point.
func kill(t *testing.T, cmd *exec.Cmd, point string) {
	t.Helper()
	out, err := run(cmd, point)
	if cmd.ProcessState == nil {
		t.Fatalf("%s: %v", point, err)
	}
	status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if !ok || !status.Signaled() || status.Signal() != syscall.SIGKILL {
		t.Fatalf("%s: the process was not killed there: %v\n%s", point, err, out)
	}
}

func run(cmd *exec.Cmd, faults string) ([]byte, error) {
	if cmd.Env == nil {
		cmd.Env = os.Environ()
	}
	cmd.Env = append(cmd.Env, fault.Env+"="+faults)
	return cmd.CombinedOutput()
}
