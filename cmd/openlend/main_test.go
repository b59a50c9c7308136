package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
)

// execute runs one command line with an input and returns what came out.
func execute(t *testing.T, input string, args ...string) (code int, out, errs string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = run(context.Background(), args, streams{strings.NewReader(input), &stdout, &stderr})
	return code, stdout.String(), stderr.String()
}

func TestCommandLine(t *testing.T) {
	for _, c := range []struct {
		args string
		code int
		out  string // is in standard output
		err  string // is in standard error
	}{
		{"", exitUsage, "", "openlend: expected one of"},
		{"lend", exitUsage, "", "openlend: unexpected argument lend"},
		{"calc", exitUsage, "", `expected one of "schedule"`},
		{"calc apr --fast", exitUsage, "", "openlend: unknown flag --fast"},
		{"calc apr now", exitUsage, "", "openlend: unexpected argument now"},
		{"--help", exitOK, "calc schedule", ""},
		{"calc --help", exitOK, "calc xirr", ""},
		{"calc schedule --help", exitOK, "openlend calc schedule", ""},
		{"calc apr --help", exitOK, "openlend calc apr", ""},
		{"calc aprc --help", exitOK, "openlend calc aprc", ""},
		{"calc xirr --help", exitOK, "openlend calc xirr", ""},
		{"version --help", exitOK, "openlend version --json", ""},
		{"version", exitOK, "openlend ", ""},
		{"calc xirr", exitOK, "", ""},
	} {
		code, out, errs := execute(t, "", strings.Fields(c.args)...)
		if code != c.code || !strings.Contains(out, c.out) || !strings.Contains(errs, c.err) {
			t.Errorf("%q: exit %d, out %q, err %q", c.args, code, out, errs)
		}
		if c.code != exitOK && (out != "" || strings.Count(errs, "\n") != 1) {
			t.Errorf("%q: a failure is one line on standard error, not %q and %q", c.args, out, errs)
		}
		if c.code == exitOK && errs != "" {
			t.Errorf("%q: standard error has %q", c.args, errs)
		}
	}
}

func TestVersion(t *testing.T) {
	b := buildOf(&debug.BuildInfo{
		GoVersion: "go1.26.8",
		Main:      debug.Module{Version: "v1.2.3"},
		Settings: []debug.BuildSetting{
			{Key: "vcs.revision", Value: "4d7ad95"},
			{Key: "vcs.time", Value: "2026-11-22T07:00:00Z"},
			{Key: "vcs.modified", Value: "true"},
		},
	})
	for _, c := range []struct {
		cmd  VersionCmd
		want string
	}{
		{VersionCmd{}, "openlend v1.2.3 commit 4d7ad95 of 2026-11-22T07:00:00Z, changed go1.26.8\n"},
		{VersionCmd{JSON: true}, `{"version":"v1.2.3","revision":"4d7ad95",` +
			`"time":"2026-11-22T07:00:00Z","modified":true,"go":"go1.26.8"}` + "\n"},
	} {
		var out bytes.Buffer
		if err := c.cmd.print(&out, b); err != nil || out.String() != c.want {
			t.Errorf("%q, %v; want %q", out.String(), err, c.want)
		}
	}
	if b := buildOf(&debug.BuildInfo{}); b.Version != "(unknown)" {
		t.Errorf("version %q of a binary without a record", b.Version)
	}
	code, out, _ := execute(t, "", "version", "--json")
	var b2 build
	if err := json.Unmarshal([]byte(out), &b2); code != exitOK || err != nil || b2.Go == "" {
		t.Errorf("exit %d, %q, %v", code, out, err)
	}
}

// TestProgram builds the program and talks to it over pipes as a script would:
// each answer comes before the next line is finished.
func TestProgram(t *testing.T) {
	program := filepath.Join(t.TempDir(), "openlend")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cmd := exec.CommandContext(t.Context(), program, "calc", "xirr")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	answers := bufio.NewReader(stdout)
	for _, c := range []struct{ send, want string }{
		{`{"flows":[["2020-01-01","-100"],["2020-12-31","110"]]}` + "\n", `{"rate":"0.1"}`},
		{"nonsense\n" + `{"flows":`, `{"error":{"code":"calc.json"`}, // half of the next line
		{`[["2020-01-01","1"]]}` + "\n", `{"error":{"code":"loan.no_root"`},
	} {
		if _, err := io.WriteString(stdin, c.send); err != nil {
			t.Fatal(err)
		}
		got, err := answers.ReadString('\n')
		if err != nil || !strings.HasPrefix(got, c.want) {
			t.Fatalf("sent %q, got %q, %v", c.send, got, err)
		}
	}
	stdin.Close()
	if rest, err := io.ReadAll(answers); err != nil || len(rest) > 0 {
		t.Errorf("at the end: %q, %v", rest, err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("exit: %v", err)
	}
	err = exec.CommandContext(t.Context(), program, "calc", "nothing").Run()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != exitUsage {
		t.Errorf("a wrong command line: %v", err)
	}
}
