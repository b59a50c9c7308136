package main

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"openlend/internal/pgcluster"
)

// asCommand makes the test binary withpg itself.
const asCommand = "WITHPG_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
	}
	os.Exit(m.Run())
}

func TestTheCommandsStatusIsOurs(t *testing.T) {
	for _, c := range []struct {
		script string
		want   int
	}{
		{"exit 0", 0},
		{"exit 7", 7},
		{"kill -KILL $$", 128 + 9},
		{`case "$` + variable + `" in postgres://postgres:*@127.0.0.1:*) exit 3;; esac`, 3},
	} {
		got, err := run(pgcluster.Options{}, []string{"sh", "-c", c.script})
		if err != nil || got != c.want {
			t.Errorf("%s: %d, %v; want %d", c.script, got, err, c.want)
		}
	}
}

func TestACommandThatIsNotThere(t *testing.T) {
	status, err := run(pgcluster.Options{}, []string{"/nowhere/command"})
	if status == 0 || err == nil {
		t.Errorf("%d, %v", status, err)
	}
}

// A terminated withpg ends its command and its server.
func TestSignalsArePassedOn(t *testing.T) {
	script := `trap 'echo ended; exit 5' TERM; echo "$` + variable + `"; while :; do sleep 0.1; done`
	cmd := exec.CommandContext(t.Context(), os.Args[0], "--", "sh", "-c", script)
	cmd.Env = append(os.Environ(), asCommand+"=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	url, err := lines.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if said, err := lines.ReadString('\n'); said != "ended\n" {
		t.Errorf("the command said %q, %v", said, err)
	}
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 5 {
		t.Errorf("status %d, want the command's 5", code)
	}
	if conn, err := pgx.Connect(t.Context(), strings.TrimSpace(url)); err == nil {
		_ = conn.Close(t.Context())
		t.Error("the server outlived withpg")
	}
}
