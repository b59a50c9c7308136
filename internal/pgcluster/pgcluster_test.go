package pgcluster

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// asOwner makes the test binary a process that owns a cluster: it prints the
// server's process id and URL and then waits to be killed.
const asOwner = "PGCLUSTER_TEST_OWNER_IN"

func TestMain(m *testing.M) {
	if dir := os.Getenv(asOwner); dir != "" {
		ownUntilKilled(dir)
	}
	os.Exit(m.Run())
}

func ownUntilKilled(dir string) {
	c, err := Start(context.Background(), Options{Dir: dir})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	fmt.Println(c.URL())
	select {}
}

func TestStartAndStop(t *testing.T) {
	parent := parentDir(t)
	c := startIn(t, parent, Options{})

	conn, err := pgx.Connect(t.Context(), c.URL())
	if err != nil {
		t.Fatal(err)
	}
	var superuser, encoding, collation, dataDir string
	row := conn.QueryRow(t.Context(), `
		SELECT current_setting('is_superuser'), current_setting('server_encoding'),
		       datcollate, current_setting('data_directory')
		FROM pg_database WHERE datname = current_database()`)
	if err := row.Scan(&superuser, &encoding, &collation, &dataDir); err != nil {
		t.Fatal(err)
	}
	if superuser != "on" || encoding != "UTF8" || collation != "C" {
		t.Errorf("superuser %s, encoding %s, collation %s", superuser, encoding, collation)
	}
	info, err := os.Stat(dataDir)
	if err != nil {
		t.Fatal(err)
	}
	if uid := info.Sys().(*syscall.Stat_t).Uid; uid == 0 || info.Mode().Perm() != 0o700 {
		t.Errorf("the data belong to user %d with mode %o", uid, info.Mode().Perm())
	}
	if major, _, _ := strings.Cut(c.Version(), "."); major < "15" {
		t.Errorf("version %q", c.Version())
	}

	for range 2 { // the second does nothing
		if err := c.Stop(); err != nil {
			t.Fatal(err)
		}
	}
	if err := conn.Ping(t.Context()); err == nil {
		t.Error("the server still answers")
	}
	if left := clusterDirs(t, parent); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestOnlyThePasswordOpens(t *testing.T) {
	c := startIn(t, parentDir(t), Options{})
	config, err := pgx.ParseConfig(c.URL())
	if err != nil {
		t.Fatal(err)
	}
	config.Password = "guessed"
	if conn, err := pgx.ConnectConfig(t.Context(), config); err == nil {
		_ = conn.Close(t.Context())
		t.Error("a wrong password was accepted")
	}
}

func TestSettings(t *testing.T) {
	fast := startIn(t, parentDir(t), Options{})
	for _, want := range []string{"fsync=off", "full_page_writes=off"} {
		if !slices.Contains(fast.Settings(), want) {
			t.Errorf("fast: %s is not in %v", want, fast.Settings())
		}
	}
	o := Options{Durable: true, Settings: map[string]string{
		"work_mem":         "7MB",
		"application_name": "it's quoted",
	}}
	durable := startIn(t, parentDir(t), o)
	for _, want := range []string{"max_connections=200", "work_mem=7MB"} {
		if !slices.Contains(durable.Settings(), want) {
			t.Errorf("durable: %s is not in %v", want, durable.Settings())
		}
	}
	conn, err := pgx.Connect(t.Context(), durable.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	for name, want := range map[string]string{
		"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on",
		"application_name": "it's quoted",
	} {
		var got string
		row := conn.QueryRow(t.Context(), `SELECT current_setting($1)`, name)
		if err := row.Scan(&got); err != nil || got != want {
			t.Errorf("%s = %q, %v; want %q", name, got, err, want)
		}
	}
}

func TestAServerThatCannotStartSaysWhyAndLeavesNothing(t *testing.T) {
	parent := parentDir(t)
	o := Options{Dir: parent, Settings: map[string]string{"shared_buffers": "not a size"}}
	_, err := Start(t.Context(), o)
	if !errors.Is(err, ErrStart) || !strings.Contains(err.Error(), "shared_buffers") {
		t.Errorf("error %v", err)
	}
	if left := clusterDirs(t, parent); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestPortsTakenMeanwhile(t *testing.T) {
	running := startIn(t, parentDir(t), Options{})
	config, err := pgx.ParseConfig(running.URL())
	if err != nil {
		t.Fatal(err)
	}
	parent, port := parentDir(t), strconv.Itoa(int(config.Port))
	taken := Options{Dir: parent, Settings: map[string]string{"port": port}}
	bin, who := installed(t)
	if _, err := start(t.Context(), bin, who, taken); !errors.Is(err, errPortTaken) {
		t.Errorf("error %v, want errPortTaken", err)
	}
	if left := clusterDirs(t, parent); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// The owner has no chance to clean up; the supervisor must do it.
func TestNothingOutlivesAKilledOwner(t *testing.T) {
	parent := parentDir(t)
	owner := exec.CommandContext(t.Context(), os.Args[0])
	owner.Env = append(os.Environ(), asOwner+"="+parent)
	out, err := owner.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := owner.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	url := strings.TrimSpace(line)
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatalf("the owner said %q: %v", url, err)
	}
	_ = conn.Close(t.Context())
	server := postmaster(t, clusterDirs(t, parent)[0])

	if err := owner.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = owner.Wait()
	eventually(t, "the server ends", func() bool {
		return errors.Is(syscall.Kill(server, 0), syscall.ESRCH)
	})
	eventually(t, "the directory goes", func() bool { return len(clusterDirs(t, parent)) == 0 })
}

func TestStaleDirectoriesAreRemoved(t *testing.T) {
	parent := parentDir(t)
	stale := filepath.Join(parent, dirPattern+"stale")
	other := filepath.Join(parent, "somebody-elses")
	for _, dir := range []string{filepath.Join(stale, "data"), other} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	target := filepath.Join(parent, dirPattern+"link")
	if err := os.Symlink(other, target); err != nil {
		t.Fatal(err)
	}
	running := startIn(t, parent, Options{})
	startIn(t, parent, Options{}) // must leave the running one alone

	if _, err := os.Stat(stale); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the stale directory: %v", err)
	}
	if _, err := os.Stat(other); err != nil {
		t.Errorf("another's directory: %v", err)
	}
	conn, err := pgx.Connect(t.Context(), running.URL())
	if err != nil {
		t.Fatalf("the first cluster: %v", err)
	}
	_ = conn.Close(t.Context())
}

func TestTheNewestOf15AndAboveIsTaken(t *testing.T) {
	install := func(name, says string, withInitdb bool) string {
		dir := filepath.Join(t.TempDir(), name)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		programs := []string{"postgres"}
		if withInitdb {
			programs = append(programs, "initdb")
		}
		for _, p := range programs {
			script := "#!/bin/sh\necho '" + says + "'\n"
			if err := os.WriteFile(filepath.Join(dir, p), []byte(script), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	pg9 := install("9", "postgres (PostgreSQL) 9.6.24", true)
	pg14 := install("14", "postgres (PostgreSQL) 14.2", true)
	pg15 := install("15", "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", true)
	pg17 := install("17", "postgres (PostgreSQL) 17rc1", true)
	pg18 := install("18", "postgres (PostgreSQL) 18.0", false)
	odd := install("odd", "something else 99", true)
	for _, c := range []struct {
		dirs []string
		want string
	}{
		{[]string{pg14, pg17, pg15, pg18, odd}, pg17},
		{[]string{pg15}, pg15},
		{[]string{pg9, pg14, pg18, odd, "/nowhere"}, ""},
		{nil, ""},
	} {
		got, err := newest(c.dirs)
		if got.dir != c.want || (c.want == "") != errors.Is(err, ErrNoServer) {
			t.Errorf("%v: %q, %v; want %q", c.dirs, got.dir, err, c.want)
		}
	}
}

func installed(t *testing.T) (binaries, account) {
	t.Helper()
	bin, err := findBinaries()
	if err != nil {
		t.Fatal(err)
	}
	who, err := serverUser()
	if err != nil {
		t.Fatal(err)
	}
	return bin, who
}

func startIn(t *testing.T, parent string, o Options) *Cluster {
	t.Helper()
	o.Dir = parent
	c, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// parentDir is a directory of the test that the server's user can pass through;
// t.TempDir keeps others out.
func parentDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "pgcluster-test-") //nolint:usetesting // see above
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	return dir
}

func clusterDirs(t *testing.T, parent string) []string {
	t.Helper()
	dirs, err := filepath.Glob(filepath.Join(parent, dirPattern+"*"))
	if err != nil {
		t.Fatal(err)
	}
	return dirs
}

// postmaster reads the server's process id, the first line of its pid file.
func postmaster(t *testing.T, dir string) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "data", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	var pid int
	if _, err := fmt.Sscan(string(text), &pid); err != nil {
		t.Fatal(err)
	}
	return pid
}

// eventually polls for as long as a busy machine may need; it fails a test only
// when nothing happens at all.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	for range 600 {
		if done() {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Errorf("30 s and not yet: %s", what)
}
