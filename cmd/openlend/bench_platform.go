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
	Loans int    `default:"100000" help:"How many loans the business date is closed with."`
	Only  string `enum:"all,bids,payments,closing" default:"all" help:"bids, payments or closing alone."`
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
	for _, one := range []struct {
		name    string
		measure func() ([]bench.Figure, error)
	}{
		{"bids", func() ([]bench.Figure, error) {
			return bench.Bids(ctx, config, c.rounds(), progress(std, "bids"))
		}},
		{"payments", func() ([]bench.Figure, error) {
			return bench.Payments(ctx, config, c.rounds(), progress(std, "payments"))
		}},
		{"closing", func() ([]bench.Figure, error) {
			return bench.Closing(ctx, config, c.Loans, progress(std, "loans"))
		}},
	} {
		if c.Only != "all" && c.Only != one.name {
			continue
		}
		figures, err := one.measure()
		if err := printFigures(std, c.JSON, figures, err); err != nil {
			return err
		}
	}
	return nil
}
