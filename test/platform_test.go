// Package test is end to end: it boots the real program on both engines and
// drives it over HTTP.
//
// Invariant: whatever a test did, the books verify to zero at its end.
package test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"openlend/access"
	"openlend/internal/crypt"
	"openlend/internal/testdb"
)

// program is the path of the binary under test.
var program string

func TestMain(m *testing.M) {
	os.Exit(buildAndRun(m))
}

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "openlend-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "openlend")
	build := exec.Command("go", "build", "-o", program, "openlend/cmd/openlend")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%s%v\n", out, err)
		return 1
	}
	return m.Run()
}

// platform is a place to serve from: a folder, and on PostgreSQL two databases.
type platform struct {
	data  string
	flags []string // that every command on it takes
	vault []string // that serve takes besides
}

// each runs a test on a new platform of each engine.
func each(t *testing.T, test func(t *testing.T, p *platform)) {
	t.Helper()
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		data := t.TempDir()
		test(t, &platform{data: data, flags: []string{"--data", data}})
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, onPostgres(t))
	})
}

// onPostgres makes a platform that many processes can serve.
func onPostgres(t *testing.T) *platform {
	t.Helper()
	books, vault := testdb.Postgres(t), testdb.EmptyPostgres(t)
	if _, err := crypt.Migrate(t.Context(), vault.Owner, testdb.Role(vault.App)); err != nil {
		t.Fatal(err)
	}
	data := t.TempDir()
	return &platform{
		data: data, flags: []string{"--data", data, "--database", books.App},
		vault: []string{"--vault", vault.App},
	}
}

// command runs one command on the platform to its end and returns what it
// printed.
func (p *platform) command(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out, errs bytes.Buffer
	c := exec.CommandContext(t.Context(), program, args...)
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Run(); err != nil {
		return out.String(), fmt.Errorf("%v: %w: %s", args, err, errs.String())
	}
	return out.String(), nil
}

// mustVerify fails unless every invariant of the books holds.
func (p *platform) mustVerify(t *testing.T) {
	t.Helper()
	out, err := p.command(t, append([]string{"verify", "--json"}, p.flags...)...)
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	checks := 0
	for line := range strings.Lines(out) {
		var v struct {
			Invariant string
			Bad       int64
		}
		if err := json.Unmarshal([]byte(line), &v); err != nil || v.Bad != 0 {
			t.Errorf("%v: %s", err, line)
		}
		checks++
	}
	if checks < 10 {
		t.Errorf("only %d invariants were checked", checks)
	}
}

// token issues a token from the key on the platform's machine, as the command
// does; that one takes a process for each.
func (p *platform) token(t *testing.T, as string) string {
	t.Helper()
	actor, err := access.ParseActor(as)
	if err != nil {
		t.Fatal(err)
	}
	key, err := access.OpenTokenKey(filepath.Join(p.data, "keys", "token.key"), false)
	if err != nil {
		t.Fatal(err)
	}
	token, err := key.Issue(actor, time.Now(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// node is one process of a platform.
type node struct {
	*platform

	url, bank string // where it answers, and the simulator of the bank
	process   *exec.Cmd
	log       *log
	ended     chan error
}

// log keeps what a process writes to standard error.
type log struct {
	sync.Mutex
	bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.Lock()
	defer l.Unlock()
	return l.Buffer.Write(p)
}

func (l *log) text() string {
	l.Lock()
	defer l.Unlock()
	return l.String()
}

// daysAgo is how long before today the platforms of the tests begin. Their days
// do not end by themselves, unless a test serves with --cutoff 0s: then closing
// catches up with today.
const daysAgo = 40

const never = "999999h" // after midnight

// serve starts a process and waits until it answers. It is stopped when the test
// ends, if it has not ended by itself.
func (p *platform) serve(t *testing.T, args ...string) *node {
	t.Helper()
	all := []string{
		"serve", "--listen", "127.0.0.1:0", "--simulator", "127.0.0.1:0",
		"--first-date", time.Now().UTC().AddDate(0, 0, -daysAgo).Format(time.DateOnly),
		"--cutoff", never, "--cool-off", "1ns",
	}
	all = slices.Concat(all, p.flags, p.vault, args)
	n := &node{platform: p, log: &log{}, ended: make(chan error, 1)}
	n.process = exec.Command(program, all...)
	n.process.Stderr = n.log
	out, err := n.process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := n.process.Start(); err != nil {
		t.Fatal(err)
	}
	ready := make(chan bool, 1)
	go n.read(bufio.NewScanner(out), ready)
	t.Cleanup(func() { n.kill(t) })
	select {
	case <-ready:
	case err := <-n.ended:
		t.Fatalf("serve ended: %v: %s", err, n.log.text())
	case <-time.After(time.Minute):
		t.Fatalf("serve does not start: %s", n.log.text())
	}
	return n
}

// read takes the addresses from what serve prints, and waits for its end.
func (n *node) read(lines *bufio.Scanner, ready chan<- bool) {
	for lines.Scan() {
		line := lines.Text()
		for word := range strings.FieldsSeq(line) {
			switch {
			case !strings.HasPrefix(word, "http://"):
			case strings.HasPrefix(line, "openlend"):
				n.url = word
			case strings.HasPrefix(strings.TrimSpace(line), "bank"):
				n.bank = word
			}
		}
		if strings.HasPrefix(strings.TrimSpace(line), "serving") {
			ready <- true
		}
	}
	n.ended <- n.process.Wait()
}

// stop tells the process to end and returns how it did.
func (n *node) stop(t *testing.T) error {
	t.Helper()
	if err := n.process.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return n.wait(t)
}

// mustStop is stop for a process that has to end well.
func (n *node) mustStop(t *testing.T) {
	t.Helper()
	if err := n.stop(t); err != nil {
		t.Errorf("the process did not end well: %v: %s", err, n.log.text())
	}
}

func (n *node) wait(t *testing.T) error {
	t.Helper()
	select {
	case err := <-n.ended:
		n.ended <- err // for whoever asks next
		return err
	case <-time.After(time.Minute):
		t.Fatalf("the process does not end: %s", n.log.text())
		return nil
	}
}

// kill ends the process at once, if it still runs.
func (n *node) kill(t *testing.T) {
	t.Helper()
	_ = n.process.Process.Kill() // it may have ended
	_ = n.wait(t)
	if t.Failed() {
		t.Logf("%s", n.log.text())
	}
}

// today is the date on which closing has caught up.
func today() string { return time.Now().UTC().Format(time.DateOnly) }

// eventually asks again until it is answered with true, and fails the test when
// that takes longer than two minutes.
func eventually(t *testing.T, what string, ask func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	for !ask() {
		select {
		case <-ctx.Done():
			t.Fatalf("it never came about: %s", what)
		case <-time.After(20 * time.Millisecond):
		}
	}
}
