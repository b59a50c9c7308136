package pgcluster

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// The supervisor is a shell: it starts the server, and a helper of it sleeps
// in read on a pipe (3) whose other end only the owner holds. End of file there
// means that the owner is done or dead. It also keeps the lock of the directory
// (4), as does the server. SIGQUIT is PostgreSQL's immediate shutdown.
const supervisor = `
"$1" -D "$2/data" 3<&- &
server=$!
( read -r _ <&3; kill -QUIT $server ) &
helper=$!
wait $server
status=$?
kill $helper 2>/dev/null
rm -rf "$2"
exit $status
`

const stopLimit = 20 * time.Second // PostgreSQL itself kills after 5 s

// supervised is a running server with its supervisor.
type supervised struct {
	dir  *privateDir
	cmd  *exec.Cmd
	log  *os.File      // still readable when the directory is gone
	hold *os.File      // closing it ends the server
	gone chan struct{} // closed when the supervisor has ended

	stopOnce sync.Once
	stopErr  error
}

// initDB makes the data directory. Refusal: ErrStart.
func initDB(ctx context.Context, bin binaries, who account, dir, password string) error {
	secret := filepath.Join(dir, "password") // the directory itself is private
	if err := os.WriteFile(secret, []byte(password+"\n"), 0o600); err != nil {
		return err
	}
	if err := os.Chown(secret, int(who.uid), int(who.gid)); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, bin.initdb(), "--pgdata="+dir+"/data",
		"--username=postgres", "--auth=scram-sha-256", "--pwfile="+secret,
		"--locale=C", "--encoding=UTF8", "--no-sync")
	cmd.Dir, cmd.Env, cmd.SysProcAttr = dir, environment(dir), who.attributes()
	if out, err := cmd.CombinedOutput(); err != nil {
		return ErrStart.With("initdb in %s: %v\n%s", dir, err, out)
	}
	return os.Remove(secret)
}

// environment is all that the server's programs see of ours: no PG* variable
// and no locale may change what they do.
func environment(dir string) []string {
	return []string{"PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C", "TZ=UTC", "HOME=" + dir}
}

// supervise starts the supervisor and the server under it.
func supervise(bin binaries, who account, dir *privateDir) (*supervised, error) {
	read, hold, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer func() { _ = read.Close() }() // the supervisor has its own copy
	log, err := os.OpenFile(filepath.Join(dir.path, "log"), os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return nil, errors.Join(err, hold.Close())
	}
	// No context: the server lives until Stop, not until one call is done.
	cmd := exec.CommandContext(context.Background(),
		"/bin/sh", "-c", supervisor, "openlend-pgcluster", bin.postgres(), dir.path)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.ExtraFiles = []*os.File{read, dir.lock}
	cmd.Dir, cmd.Env, cmd.SysProcAttr = dir.path, environment(dir.path), who.attributes()
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(err, hold.Close(), log.Close())
	}
	s := &supervised{dir: dir, cmd: cmd, log: log, hold: hold, gone: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // the status of a server told to stop says nothing
		close(s.gone)
	}()
	return s, nil
}

// whyGone explains a server that ended before it answered.
func (s *supervised) whyGone() error {
	text := make([]byte, 8<<10)
	n, _ := s.log.ReadAt(text, 0) // a short read is the usual case
	if text = text[:n]; bytes.Contains(text, []byte("Address already in use")) {
		return errPortTaken
	}
	return ErrStart.With("its log says\n%s", bytes.TrimSpace(text))
}

func (s *supervised) stop() error {
	s.stopOnce.Do(func() {
		s.stopErr = s.hold.Close()
		select {
		case <-s.gone:
		case <-time.After(stopLimit):
			// A stopped or swapped-out shell: take the whole group.
			s.stopErr = errors.Join(s.stopErr, syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL))
			<-s.gone
		}
		s.stopErr = errors.Join(s.stopErr, s.dir.remove(), s.log.Close())
	})
	return s.stopErr
}
