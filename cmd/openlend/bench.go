package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"openlend/bench"
	"openlend/internal/db"
)

// BenchCmd groups the measurements.
type BenchCmd struct {
	Ledger      BenchLedgerCmd      `cmd:"" help:"Transfers a second, against the engine's own bulk insert."`
	Large       BenchLargeCmd       `cmd:"" help:"A ledger of ten million transfers, against an empty one."`
	Loan        BenchLoanCmd        `cmd:"" help:"Schedules and XIRR, against bare divisions."`
	Platform    BenchPlatformCmd    `cmd:"" help:"Bids, payments and closing, against the bulk insert of their rows."`
	Crash       BenchCrashCmd       `cmd:"" help:"Kill writers under load and check what they acknowledged."`
	CrashWriter BenchCrashWriterCmd `cmd:"" hidden:"" help:"The writer that bench crash kills."`
}

// benchPlace says where a measurement makes its throw-away database.
type benchPlace struct {
	Engine string `enum:"sqlite,postgres" default:"sqlite" help:"sqlite, or postgres: a private durable server."`
	Dir    string `default:"." type:"path" help:"A folder on the disk to measure."`
	JSON   bool   `help:"One JSON object per line."`
}

// config makes a throw-away folder and returns how to remove it.
func (p benchPlace) config() (bench.Config, func() error, error) {
	dir, err := os.MkdirTemp(p.Dir, "openlend-bench-")
	if err == nil {
		err = os.Chmod(dir, 0o755) //nolint:gosec // the server's own user passes through it
	}
	c := bench.Config{Engine: db.Engine(p.Engine), Dir: dir}
	return c, func() error { return os.RemoveAll(dir) }, err
}

// benchRounds says how long to measure.
type benchRounds struct {
	Rounds int           `default:"8" help:"How many rounds; each measures everything once."`
	Slice  time.Duration `default:"1s" help:"How long each figure is measured in a round."`
}

func (r benchRounds) rounds() bench.Rounds { return bench.Rounds{Count: r.Rounds, Slice: r.Slice} }

func printFigures(std streams, asJSON bool, figures []bench.Figure, err error) error {
	for _, f := range figures {
		err = errors.Join(err, f.Print(std.Out, asJSON))
	}
	return err
}

// BenchLedgerCmd measures the ledger.
type BenchLedgerCmd struct {
	benchPlace
	benchRounds
}

// Help shows an example.
func (BenchLedgerCmd) Help() string {
	return `Every figure is measured in turns with its limit in the same run: judge the ratio.

Example:
  openlend bench ledger --engine postgres --json`
}

// Run measures and prints.
func (c BenchLedgerCmd) Run(ctx context.Context, std streams) (err error) {
	config, remove, err := c.config()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	figures, err := bench.Ledger(ctx, config, c.rounds(), progress(std, "measure"))
	return printFigures(std, c.JSON, figures, err)
}

// BenchLargeCmd compares a large ledger with an empty one.
type BenchLargeCmd struct {
	benchPlace
	benchRounds
	Transfers int `default:"10000000" help:"How many transfers the large ledger holds."`
}

// Help shows an example.
func (BenchLargeCmd) Help() string {
	return `Fills one ledger, then posts to it and to an empty one in turns.

Example:
  openlend bench large --engine sqlite --transfers 10000000`
}

// Run fills, measures and prints.
func (c BenchLargeCmd) Run(ctx context.Context, std streams) (err error) {
	config, remove, err := c.config()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	figures, err := bench.Large(ctx, config, c.rounds(), c.Transfers, progress(std, "fill"))
	return printFigures(std, c.JSON, figures, err)
}

// BenchLoanCmd measures the loan mathematics.
type BenchLoanCmd struct {
	benchRounds
	JSON bool `help:"One JSON object per line."`
}

// Help shows an example.
func (BenchLoanCmd) Help() string {
	return `Example:
  openlend bench loan --rounds 5`
}

// Run measures and prints.
func (c BenchLoanCmd) Run(ctx context.Context, std streams) error {
	figures, err := bench.Loan(ctx, c.rounds(), progress(std, "measure"))
	return printFigures(std, c.JSON, figures, err)
}

// BenchCrashCmd kills writers.
type BenchCrashCmd struct {
	benchPlace
	Minutes int           `default:"10" help:"How long."`
	Length  time.Duration `help:"How long, instead of --minutes: 30s, 2h."`
	Seed    uint64        `help:"Repeats the times of the kills; 0 draws one."`
}

// Help shows an example.
func (BenchCrashCmd) Help() string {
	return `A child books a mix of transfers, holds, linked sets, repeats and plain postings and is
killed (SIGKILL) every 2 to 8 seconds; every command that it was told is booked must be in the
books, once and as it was. At the end the whole books are verified. Exit code 1 when not.

Example:
  openlend bench crash --engine postgres --minutes 10`
}

// Run kills, checks and prints.
func (c BenchCrashCmd) Run(ctx context.Context, std streams) (err error) {
	config, remove, err := c.config()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	self, err := os.Executable()
	if err != nil {
		return err
	}
	writer := func(ctx context.Context) *exec.Cmd {
		return exec.CommandContext(ctx, self, "bench", "crash-writer")
	}
	verify := func(ctx context.Context, url, data string) error {
		return verifyAt(ctx, std, self, url, data)
	}
	length := c.Length
	if length == 0 {
		length = time.Duration(c.Minutes) * time.Minute
	}
	report, err := bench.Crash(ctx, config, length, c.Seed, writer, verify, progress(std, "crash"))
	if err := json.NewEncoder(std.Out).Encode(report); err != nil {
		return err
	}
	if err == nil && report.Lost+report.Wrong > 0 {
		err = fmt.Errorf("%d lost, %d wrong; the first: %s",
			report.Lost, report.Wrong, strings.TrimSpace(report.First))
	}
	return err
}

// verifyAt runs openlend verify on a database in a process of its own.
func verifyAt(ctx context.Context, std streams, self, url, data string) error {
	cmd := exec.CommandContext(ctx, self, "verify", "--data", data)
	if !strings.HasPrefix(url, "sqlite:") {
		cmd.Env = append(os.Environ(), "OPENLEND_DATABASE="+url)
	}
	cmd.Stdout, cmd.Stderr = std.Out, std.Err
	return cmd.Run()
}

// BenchCrashWriterCmd is the child of BenchCrashCmd.
type BenchCrashWriterCmd struct{}

// Run writes until it is killed.
func (BenchCrashWriterCmd) Run(ctx context.Context, std streams) error {
	return bench.CrashWriter(ctx, os.Getenv(bench.WriterEnv), os.Getenv(bench.DataEnv), std.Out)
}
