package fault_test

import (
	"os"
	"os/exec"
	"slices"
	"testing"

	"openlend/internal/fault"
	"openlend/internal/fault/faulttest"
)

const child = "OPENLEND_FAULT_TEST"

// TestMain also is the process that passes points.
func TestMain(m *testing.M) {
	if os.Getenv(child) != "" {
		for _, name := range []string{"a", "b", "a", "c", "a"} {
			fault.Point(name)
			_, _ = os.Stdout.WriteString(name)
		}
		return
	}
	os.Exit(m.Run())
}

func command(int) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), child+"=1")
	return cmd
}

// Each run ends at its own point: what it has written before tells which.
func TestEachPoint(t *testing.T) {
	var got []string
	points := faulttest.EachPoint(t, command, func(run int, point string) {
		cmd := command(run)
		cmd.Env = append(cmd.Env, fault.Env+"="+point)
		out, err := cmd.Output()
		if err == nil {
			t.Errorf("%s: the process ended well", point)
		}
		got = append(got, string(out))
	})
	if want := []string{"a#1", "b#1", "a#2", "c#1", "a#3"}; !slices.Equal(points, want) {
		t.Errorf("points %v, want %v", points, want)
	}
	if want := []string{"", "a", "ab", "aba", "abac"}; !slices.Equal(got, want) {
		t.Errorf("written %q, want %q", got, want)
	}
}

// Other names, later passes and an empty environment end nothing.
func TestOtherPoints(t *testing.T) {
	for _, text := range []string{"", "d", "a#4", "a#x", "a#0"} {
		cmd := command(0)
		cmd.Env = append(cmd.Env, fault.Env+"="+text)
		if out, err := cmd.Output(); err != nil || string(out) != "abaca" {
			t.Errorf("%q: wrote %q, %v", text, out, err)
		}
	}
}
