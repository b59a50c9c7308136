package main

import (
	"context"
	"errors"
	"os"
	"time"

	"openlend/bench"
	"openlend/internal/db"
)

// BenchCmd groups the measurements.
type BenchCmd struct {
	Ledger BenchLedgerCmd `cmd:"" help:"Transfers a second, against the engine's own bulk insert."`
}

// benchPlace says where a measurement makes its throw-away database.
type benchPlace struct {
	Engine string `enum:"sqlite,postgres" default:"sqlite" help:"sqlite or postgres (a private durable server is started)."`
	Dir    string `default:"." type:"path" help:"Folder on the disk to measure; a throw-away folder is made in it."`
	JSON   bool   `help:"One JSON object per line."`
}

func (p benchPlace) config() (bench.Config, func() error, error) {
	dir, err := os.MkdirTemp(p.Dir, "openlend-bench-")
	if err == nil {
		err = os.Chmod(dir, 0o755) //nolint:gosec // the server's user passes through
	}
	c := bench.Config{Engine: db.Engine(p.Engine), Dir: dir}
	return c, func() error { return os.RemoveAll(dir) }, err
}

// BenchLedgerCmd measures the ledger.
type BenchLedgerCmd struct {
	benchPlace
	Rounds int           `default:"8" help:"How many rounds; each measures everything once."`
	Slice  time.Duration `default:"1s" help:"How long each figure is measured in a round."`
}

// Help shows an example.
func (BenchLedgerCmd) Help() string {
	return `Every figure is measured in turns with its limit in the same run; judge the ratio.

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
	figures, err := bench.Ledger(ctx, config, bench.Rounds{Count: c.Rounds, Slice: c.Slice},
		func(int, int) {})
	for _, f := range figures {
		err = errors.Join(err, f.Print(std.Out, c.JSON))
	}
	return err
}
