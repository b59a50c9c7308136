// Command openlend is the whole platform in one program: every task is a
// command of it, and `openlend COMMAND --help` explains each with an example.
//
// Invariants: answers go to standard output and nothing else does; a failure is
// one line on standard error; the exit code is 0 when the work is done, 1 when
// it failed, 2 when the command line was wrong.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
)

// CLI is the command line. A command is one field here and one file beside this
// one: a struct of its flags with
//
//	Run(ctx context.Context, std streams) error
//	Help() string // what it does, with an example
//
// An error of Run is printed and becomes exit code 1.
type CLI struct {
	Backup   BackupCmd   `cmd:"" help:"Copy the database, beside a running server."`
	Bench    BenchCmd    `cmd:"" help:"Measure this machine and the house on it."`
	Calc     CalcCmd     `cmd:"" help:"Loan mathematics: one JSON object a line in, one out."`
	CloseDay CloseDayCmd `cmd:"" help:"End business dates now."`
	Journal  JournalCmd  `cmd:"" help:"Export the journal; seal it, prove from it, check proofs."`
	Migrate  MigrateCmd  `cmd:"" help:"Make a database, or bring it to this version's schema."`
	Restore  RestoreCmd  `cmd:"" help:"Make a new database of a copy, on either engine."`
	Serve    ServeCmd    `cmd:"" help:"Run the platform."`
	Token    TokenCmd    `cmd:"" help:"Issue a bearer token for the API."`
	Verify   VerifyCmd   `cmd:"" help:"Recompute the books and their log, and compare."`
	Version  VersionCmd  `cmd:"" help:"Print which build this is."`
}

// The exit codes.
const (
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 2
)

// streams is what a command reads and writes.
type streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// gcPercent lets the heap grow to four times what is in use before it is swept:
// it is small, and what fills it lives for one request. Gathered transfers on
// SQLite run a quarter faster than with the default of 100. $GOGC decides when
// it is set.
const gcPercent = 300

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	os.Exit(run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}))
}

// run executes one command line and returns the exit code.
func run(ctx context.Context, args []string, std streams) int {
	var cli CLI
	helped := false
	parser, err := kong.New(&cli,
		kong.Name("openlend"),
		kong.Description("A peer-to-peer lending platform."),
		kong.Writers(std.Out, std.Err),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Exit(func(int) { helped = true }), // called by --help alone
	)
	if err != nil {
		return fail(std, exitFailure, err)
	}
	command, err := parser.Parse(args)
	if helped {
		return exitOK
	}
	if err != nil {
		return fail(std, exitUsage, fmt.Errorf("%w (see openlend --help)", err))
	}
	command.BindTo(ctx, (*context.Context)(nil))
	if err := command.Run(std); err != nil {
		return fail(std, exitFailure, err)
	}
	return exitOK
}

// fail prints the error as one line and returns the exit code.
func fail(std streams, code int, err error) int {
	text := strings.Join(strings.Fields(err.Error()), " ")
	_, _ = fmt.Fprintln(std.Err, "openlend:", text) // nowhere is left to complain
	return code
}
