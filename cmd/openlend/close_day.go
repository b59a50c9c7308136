package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"openlend/app"
	"openlend/calendar"
	"openlend/closing"
	"openlend/internal/db"
)

// CloseDayCmd ends business dates.
type CloseDayCmd struct {
	databaseFlags
	Keys    string        `placeholder:"DIR" help:"Directory of the keys (DATA/keys)."`
	Vault   string        `env:"OPENLEND_VAULT" placeholder:"URL" help:"Database of the personal data's keys, as for serve."`
	Through string        `placeholder:"DATE" help:"Close every date up to and with this one (every date that is over)."`
	Early   bool          `help:"Also dates that are not over yet by the clock: for simulations."`
	DryRun  bool          `help:"Say what closing the next date would do, and change nothing."`
	Zone    string        `default:"UTC" help:"Time zone of business dates, as for serve (UTC)."`
	Cutoff  time.Duration `default:"0s" help:"How long after midnight a business date is over, as for serve (0s)."`
	JSON    bool          `name:"json" help:"One JSON object for each date."`
}

// Help explains the command.
func (CloseDayCmd) Help() string {
	return `Ends business dates, one after the other: expires offers and listings, collects what is due,
ages loans, pays what waited for an account, compares client money with the bank and seals
the date. A server does it by itself when a date is over; this is for doing it now. A
closing that was killed goes on where it was; of two at once one is refused.

On SQLite the server that has the file does the work, asked over DATA/openlend.sock.

Examples:
  openlend close-day --data ./data
  openlend close-day --data ./data --dry-run
  openlend close-day --data ./data --through 2026-12-31 --early`
}

// Run closes and prints a report for each date.
func (c CloseDayCmd) Run(ctx context.Context, std streams) error {
	what := app.DayToClose{Early: c.Early, Dry: c.DryRun}
	if c.Through != "" {
		var err error
		if what.Through, err = calendar.ParseDate(c.Through); err != nil {
			return err
		}
	}
	zone, err := time.LoadLocation(c.Zone)
	if err != nil {
		return err
	}
	config := app.Config{Data: c.Data, Database: c.Database, Keys: c.Keys, Vault: c.Vault,
		Zone: zone, Cutoff: c.Cutoff}
	runs, err := closeDay(ctx, config, what, closingBar(std))
	for _, r := range runs {
		err = errors.Join(err, c.print(std, r))
	}
	return err
}

// closeDay does the work here, or has the process do it that has the file.
func closeDay(
	ctx context.Context, config app.Config, what app.DayToClose,
	progress func(closing.Progress),
) (runs []closing.Run, err error) {
	if config.Database != "" {
		config.Role = app.RoleCloser
	}
	a, err := app.Open(ctx, config)
	if errors.Is(err, db.ErrSecondWriter) {
		return app.AskCloseDay(ctx, config, what, progress)
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	return a.CloseDay(ctx, what, progress)
}

// closingBar shows how many things were looked at: how many there are is known
// at the end only.
func closingBar(std streams) func(closing.Progress) {
	show, looked := progress(std, "closing"), int64(0)
	return func(p closing.Progress) {
		looked = max(looked, p.Counts.Looked)
		show(int(p.Counts.Looked), int(looked)+1)
	}
}

func (c CloseDayCmd) print(std streams, r closing.Run) error {
	if c.JSON {
		return json.NewEncoder(std.Out).Encode(r)
	}
	state := string(r.State)
	if r.Dry {
		state = "dry run, nothing of it has happened"
	}
	_, err := fmt.Fprintf(std.Out, "%s  %s\n", r.On, state)
	for _, s := range r.Steps {
		more := ""
		if s.AtLeast {
			more = " at least"
		}
		_, e := fmt.Fprintf(std.Out, "  %-16s %7d looked at %7d changed %5d failed%s  %s\n",
			s.Name, s.Counts.Looked, s.Counts.Changed, s.Counts.Failed, more, s.Did)
		err = errors.Join(err, e)
		for _, f := range s.Failures {
			_, e := fmt.Fprintf(std.Out, "    %d: %s\n", f.Item, f.Why)
			err = errors.Join(err, e)
		}
	}
	return err
}
