package main

import (
	"context"
	"errors"

	"openlend/bench"
)

// BenchPlatformCmd measures the rooms above the ledger.
type BenchPlatformCmd struct {
	benchPlace
	benchRounds
}

// Help shows an example.
func (BenchPlatformCmd) Help() string {
	return `Every figure is measured in turns with its limit in the same run: judge the ratio.
The limit is the engine's own bulk insert of copies of the very rows that the work leaves.

Example:
  openlend bench platform --engine postgres --json`
}

// Run measures and prints.
func (c BenchPlatformCmd) Run(ctx context.Context, std streams) (err error) {
	config, remove, err := c.config()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	figures, err := bench.Bids(ctx, config, c.rounds(), progress(std, "bids"))
	return printFigures(std, c.JSON, figures, err)
}
