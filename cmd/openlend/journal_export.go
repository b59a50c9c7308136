package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"openlend/calendar"
	"openlend/ledger"
)

// JournalExportCmd writes the journal.
type JournalExportCmd struct {
	databaseFlags
	Format ledger.Format `required:"" enum:"hledger,beancount,csv" help:"hledger, beancount or csv."`
	From   calendar.Date `placeholder:"DATE" help:"First business date; what was before is left out."`
	To     calendar.Date `placeholder:"DATE" help:"Last business date."`
	Out    string        `placeholder:"FILE" help:"File to write, whole or not at all; standard output otherwise."`
}

// Help explains the command.
func (JournalExportCmd) Help() string {
	return `One entry for each transfer, with its id, cause and booking time. Debits are positive and
credits negative, so a wallet, which the platform owes, is below zero there. Account names
never change: assets:bank-clients:EUR, liabilities:wallet:acc_…. No cell of the CSV is a
formula. The export shows one moment, also beside a running server.

Examples:
  openlend journal export --format hledger --out books.journal && hledger -f books.journal balance
  openlend journal export --format csv --from 2026-01-01 --to 2026-12-31 > 2026.csv`
}

// Run exports.
func (c JournalExportCmd) Run(ctx context.Context, std streams) (err error) {
	d, err := c.open(ctx, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	o := ledger.ExportOptions{Format: c.Format, From: c.From, To: c.To}
	if c.Out == "" {
		if !isTerminal(std.Out) { // rows and a bar would mix there
			o.Progress = in64(progress(std, "export"))
		}
		return ledger.Export(ctx, d, std.Out, o)
	}
	o.Progress = in64(progress(std, "export"))
	return writeWhole(c.Out, func(w io.Writer) error { return ledger.Export(ctx, d, w, o) })
}

// writeWhole writes a file beside its place and moves it there when it is whole.
func writeWhole(path string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".openlend-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() // gone already when it was moved
	if err := errors.Join(write(f), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
