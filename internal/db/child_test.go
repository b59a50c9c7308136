package db_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"openlend/internal/db"
)

// childFile makes this test binary a process that writes to the database file
// it names.
const childFile = "OPENLEND_DB_TEST_FILE"

// childWrites puts one item after the other, with a row that it also rewrites,
// and prints the id of each when it is acknowledged.
func childWrites(path string) {
	ctx := context.Background()
	d, err := db.Open(ctx, db.Options{URL: "sqlite:" + path})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	for id := int64(1); ; id++ {
		err := write(ctx, d, func(ctx context.Context, tx *db.Tx) error {
			if err := put(ctx, tx, id); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, `UPDATE item SET amount = $1 WHERE id = 1`, id)
			return err
		})
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println(id)
	}
}

// child is a process that writes.
type child struct {
	cmd   *exec.Cmd
	lines *bufio.Scanner
	last  int64 // acknowledgement that was read
}

func startChild(t *testing.T, path string) *child {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childFile+"="+path)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	return &child{cmd: cmd, lines: bufio.NewScanner(out)}
}

// acknowledged waits for the next acknowledgement, 0 when there is none.
func (c *child) acknowledged(t *testing.T) int64 {
	t.Helper()
	if !c.lines.Scan() {
		return 0
	}
	id, err := strconv.ParseInt(c.lines.Text(), 10, 64)
	if err != nil {
		t.Fatalf("the child says %s", c.lines.Text())
	}
	c.last = id
	return id
}

// kill ends the child with SIGKILL and returns the last acknowledgement it had
// given.
func (c *child) kill(t *testing.T) int64 {
	t.Helper()
	must(t, c.cmd.Process.Kill())
	for c.acknowledged(t) != 0 {
	}
	_ = c.cmd.Wait() // "signal: killed"
	return c.last
}
