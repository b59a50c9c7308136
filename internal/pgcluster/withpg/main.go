// Command withpg runs a command with a private PostgreSQL server beside it:
//
//	withpg [--durable] -- go test ./...
//	withpg --find
//
// The command finds the superuser's URL in OPENLEND_TEST_POSTGRES. withpg
// passes signals on, removes the server when the command has ended and exits
// with its status. With --find it only says where the server's programs are,
// or which command installs them.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"openlend/internal/pgcluster"
)

const variable = "OPENLEND_TEST_POSTGRES"

func main() {
	durable := flag.Bool("durable", false, "keep commits through a power cut, as in production")
	find := flag.Bool("find", false, "only print where PostgreSQL is")
	flag.Parse()
	if *find {
		dir, err := pgcluster.Find()
		if err != nil {
			fmt.Fprintln(os.Stderr, "withpg:", err)
			os.Exit(1)
		}
		fmt.Println(dir)
		return
	}
	if flag.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "usage: withpg [--durable] -- COMMAND [ARGUMENT …]")
		os.Exit(2)
	}
	status, err := run(pgcluster.Options{Durable: *durable}, flag.Args())
	if err != nil {
		fmt.Fprintln(os.Stderr, "withpg:", err)
	}
	os.Exit(status)
}

// run returns the command's exit status, 128 + n when signal n ended it, and 1
// with an error when the server or the command could not be started.
func run(o pgcluster.Options, command []string) (status int, err error) {
	// Before the server starts: a signal from here on still removes it.
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	defer signal.Stop(signals)
	server, err := pgcluster.Start(context.Background(), o)
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()

	cmd := exec.CommandContext(context.Background(), command[0], command[1:]...)
	cmd.Env = append(os.Environ(), variable+"="+server.URL())
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	// Its own process group: a signal then reaches the tests that go test
	// started, and a Ctrl-C arrives once, from us.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return 1, err
	}
	go func() {
		for s := range signals {
			if n, ok := s.(syscall.Signal); ok {
				_ = syscall.Kill(-cmd.Process.Pid, n) // it may have ended already
			}
		}
	}()
	return exitStatus(cmd.Wait())
}

func exitStatus(err error) (int, error) {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		if err != nil {
			return 1, err
		}
		return 0, nil
	}
	if ws, ok := exit.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return 128 + int(ws.Signal()), nil
	}
	return exit.ExitCode(), nil
}
